//! How a discrepancy is resolved.

use crate::discrepancy::State;
use crate::status::coded;

coded! {
    /// Why a discrepancy is where it is: what the clerk writes under 处理方式.
    Reason {
        /// Both sides came to agree; only the job finds that.
        Agreed = 1, "agreed";
        /// 补单: the lost order was completed.
        OrderCompleted = 2, "order_completed";
        /// The money was given back.
        Refunded = 3, "refunded";
        /// 调账: booked so that both sides agree.
        Adjusted = 4, "adjusted";
        /// 冲正.
        Reversed = 5, "reversed";
        /// Looked into and found right as it is.
        Explained = 6, "explained";
        /// Nobody's money.
        TestOrder = 7, "test_order";
        /// The provider has put it right.
        ProviderCorrected = 8, "provider_corrected";
        /// 挂账: on a suspense account until explained.
        Suspense = 9, "suspense";
        /// 核销: given up.
        WrittenOff = 10, "written_off";
        /// To be worked on again.
        Reopened = 11, "reopened";
        /// Anything else; the note says what.
        Other = 12, "other";
        /// This difference is there no more, though the order may have another; only the job finds that.
        Gone = 13, "gone";
    }
}

impl Reason {
    /// Whether only the job can find it so.
    pub const fn is_the_jobs(self) -> bool {
        matches!(self, Self::Agreed | Self::Gone)
    }

    /// The reasons that a person can give.
    pub fn of_people() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|reason| !reason.is_the_jobs())
    }

    /// The state that a discrepancy is in for this reason.
    pub const fn state(self) -> State {
        match self {
            Self::Suspense => State::Suspense,
            Self::WrittenOff => State::WrittenOff,
            Self::Reopened => State::Open,
            Self::Agreed
            | Self::Gone
            | Self::OrderCompleted
            | Self::Refunded
            | Self::Adjusted
            | Self::Reversed
            | Self::Explained
            | Self::TestOrder
            | Self::ProviderCorrected
            | Self::Other => State::Resolved,
        }
    }

    /// Whether the word alone does not say enough.
    pub const fn needs_note(self) -> bool {
        match self {
            Self::Adjusted
            | Self::Explained
            | Self::Suspense
            | Self::WrittenOff
            | Self::Reopened
            | Self::Other => true,
            Self::Agreed
            | Self::Gone
            | Self::OrderCompleted
            | Self::Refunded
            | Self::Reversed
            | Self::TestOrder
            | Self::ProviderCorrected => false,
        }
    }
}
