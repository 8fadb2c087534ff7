//! Why a call brought no answer, and what follows from that.

use std::error::Error;
use std::io::ErrorKind;

/// A call that brought no usable answer. Holds no URL query, no body and no secret.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CallError {
    /// The HTTP client could not be made, so nothing can be asked.
    #[error("the HTTP client cannot be made: {problem}")]
    Client {
        /// What is wrong on this machine.
        problem: &'static str,
    },
    /// The configured URL is not one that can be called.
    #[error("the URL of {interface} cannot be called: check the account's URL settings")]
    Url {
        /// The provider's name of the interface.
        interface: &'static str,
    },
    /// No connection.
    #[error("could not connect: {cause}")]
    Connect {
        /// `refused`, `unknown host`, `no answer in time`, `unreachable`.
        cause: &'static str,
    },
    /// The server's certificate is not trusted, or the TLS handshake failed.
    #[error("the TLS handshake failed: the server's certificate is not trusted or does not fit")]
    Tls,
    /// One attempt took longer than the account's timeout.
    #[error("no complete answer in time")]
    Timeout,
    /// The connection broke before the answer was complete, or the compressed answer is damaged.
    #[error("the connection broke before the answer was complete")]
    Reset,
    /// An HTTP status other than 200.
    #[error("the server answered with HTTP status {status}")]
    Status {
        /// The status.
        status: u16,
    },
    /// The server wants to send us elsewhere; a signed request is never taken elsewhere.
    #[error("the server redirects with HTTP status {status}: check the account's URL settings")]
    Redirect {
        /// The status.
        status: u16,
    },
    /// The answer is larger than the cap.
    #[error("the answer is larger than {limit} bytes")]
    TooLarge {
        /// The cap, in decompressed bytes.
        limit: u64,
    },
    /// Too many calls in a row failed; nothing is sent until the next probe.
    #[error("the account is down: calls in a row failed with {cause}")]
    Down {
        /// [`CallError::code`] of the last failure.
        cause: String,
    },
}

impl CallError {
    /// A short code without spaces, for the ledger and reports: `timeout`, `http_503`.
    pub fn code(&self) -> String {
        match self {
            Self::Client { .. } => "client".to_owned(),
            Self::Url { .. } => "url".to_owned(),
            Self::Connect { .. } => "connect".to_owned(),
            Self::Tls => "tls".to_owned(),
            Self::Timeout => "timeout".to_owned(),
            Self::Reset => "reset".to_owned(),
            Self::Status { status } => format!("http_{status}"),
            Self::Redirect { .. } => "redirect".to_owned(),
            Self::TooLarge { .. } => "too_large".to_owned(),
            Self::Down { .. } => "down".to_owned(),
        }
    }

    /// Whether the platform as a whole does not work, rather than this one question.
    pub const fn is_outage(&self) -> bool {
        match self {
            Self::Client { .. }
            | Self::Connect { .. }
            | Self::Tls
            | Self::Timeout
            | Self::Reset
            | Self::Down { .. } => true,
            Self::Status { status } => *status == 429 || *status >= 500,
            Self::Url { .. } | Self::Redirect { .. } | Self::TooLarge { .. } => false,
        }
    }

    /// Whether the same question may be put again. All questions only read, so what may have
    /// arrived is no obstacle.
    pub const fn may_be_retried(&self) -> bool {
        match self {
            Self::Connect { .. } | Self::Timeout | Self::Reset => true,
            Self::Status { status } => matches!(*status, 429 | 500 | 502 | 503 | 504),
            Self::Client { .. }
            | Self::Url { .. }
            | Self::Tls
            | Self::Redirect { .. }
            | Self::TooLarge { .. }
            | Self::Down { .. } => false,
        }
    }

    /// The platform wants to be asked less.
    pub(super) const fn is_throttled(&self) -> bool {
        matches!(self, Self::Status { status: 429 | 503 })
    }

    /// The library's error, without its text: that holds the URL.
    pub(super) fn of(error: &reqwest::Error, interface: &'static str) -> Self {
        if error.is_builder() {
            return Self::Url { interface };
        }
        if error.is_connect() || error.is_dns() {
            return Self::of_connecting(error);
        }
        if error.is_timeout() { Self::Timeout } else { Self::Reset }
    }

    fn of_connecting(error: &reqwest::Error) -> Self {
        if error.is_dns() {
            return Self::Connect { cause: "unknown host" };
        }
        if error.is_timeout() {
            return Self::Connect { cause: "no answer in time" };
        }
        let mut cause = error.source();
        while let Some(link) = cause {
            if link.is::<rustls::Error>() {
                return Self::Tls;
            }
            let io = link.downcast_ref::<std::io::Error>();
            if io.is_some_and(|io| io.kind() == ErrorKind::ConnectionRefused) {
                return Self::Connect { cause: "refused" };
            }
            // An I/O error that wraps another error passes over it in `source`.
            cause = match io.and_then(std::io::Error::get_ref) {
                Some(inner) => Some(inner),
                None => link.source(),
            };
        }
        Self::Connect { cause: "unreachable" }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_failure_says_whether_it_is_an_outage_and_whether_to_try_again() {
        let status = |status| CallError::Status { status };
        let table = [
            (CallError::Client { problem: "x" }, "client", true, false),
            (CallError::Url { interface: "x" }, "url", false, false),
            (CallError::Connect { cause: "refused" }, "connect", true, true),
            (CallError::Tls, "tls", true, false),
            (CallError::Timeout, "timeout", true, true),
            (CallError::Reset, "reset", true, true),
            (status(204), "http_204", false, false),
            (status(400), "http_400", false, false),
            (status(401), "http_401", false, false),
            (status(404), "http_404", false, false),
            (status(429), "http_429", true, true),
            (status(500), "http_500", true, true),
            (status(501), "http_501", true, false),
            (status(502), "http_502", true, true),
            (status(503), "http_503", true, true),
            (status(504), "http_504", true, true),
            (CallError::Redirect { status: 302 }, "redirect", false, false),
            (CallError::TooLarge { limit: 1 }, "too_large", false, false),
            (CallError::Down { cause: "timeout".to_owned() }, "down", true, false),
        ];
        for (error, code, outage, again) in table {
            assert_eq!(error.code(), code);
            assert_eq!(error.is_outage(), outage, "{code}");
            assert_eq!(error.may_be_retried(), again, "{code}");
        }
    }
}
