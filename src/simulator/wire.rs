//! How an answer is sent, also when it goes wrong on its way.

use std::io::{self, Write};
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::header::{CONTENT_ENCODING, CONTENT_TYPE, LOCATION};
use axum::http::{HeaderName, StatusCode};
use axum::response::{IntoResponse, Response};
use flate2::Compression;
use flate2::write::GzEncoder;

use super::world::{Fault, SLOW_SECONDS};

/// Smaller answers are not worth compressing.
const GZIP_FROM: usize = 1400;
/// An answer that is far too large comes in so many pieces of 1 MB.
const HUGE_PIECES: usize = 100;
const PIECE_BYTES: usize = 1_000_000;

const JSON: (HeaderName, &str) = (CONTENT_TYPE, "application/json;charset=UTF-8");
const HTML: (HeaderName, &str) = (CONTENT_TYPE, "text/html;charset=UTF-8");
const PAGE: &str = "<html><body><h1>系统维护中</h1></body></html>";

/// Sends an answer with its fault.
pub(super) async fn sent(mut body: String, fault: Fault, gzip: bool) -> Response {
    match fault {
        Fault::Truncated => {
            let half = body.floor_char_boundary(body.len().checked_div(2).unwrap_or(0));
            body.truncate(half);
        }
        Fault::Html => return ([HTML], PAGE).into_response(),
        Fault::Http500 => return (StatusCode::INTERNAL_SERVER_ERROR, [HTML], PAGE).into_response(),
        Fault::Http502 => return (StatusCode::BAD_GATEWAY, [HTML], PAGE).into_response(),
        Fault::Http503 => return (StatusCode::SERVICE_UNAVAILABLE, [HTML], PAGE).into_response(),
        Fault::Slow => tokio::time::sleep(Duration::from_secs(SLOW_SECONDS)).await,
        Fault::Reset => return broken(),
        Fault::Redirect => return (StatusCode::FOUND, [(LOCATION, "/login")]).into_response(),
        Fault::Gzip => return packed(&body),
        Fault::Huge => return huge(),
        Fault::MixedEncoding => return ([JSON], mixed(&body)).into_response(),
        Fault::None
        | Fault::WrongSignature
        | Fault::MissingSignature
        | Fault::UnknownStatus
        | Fault::AnotherOrder
        | Fault::RepeatedRows
        | Fault::ShiftingPages
        | Fault::WrongTotal
        | Fault::OtherTypes
        | Fault::NotListed
        | Fault::Misdated
        | Fault::FirstPageAgain
        | Fault::AccountUnknown
        | Fault::OrderUnknown
        | Fault::Busy => {}
    }
    if gzip && body.len() >= GZIP_FROM { packed(&body) } else { ([JSON], body).into_response() }
}

fn packed(body: &str) -> Response {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    match encoder.write_all(body.as_bytes()).and_then(|()| encoder.finish()) {
        Ok(packed) => ([JSON, (CONTENT_ENCODING, "gzip")], packed).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}

/// An answer whose connection breaks before its first byte.
pub(super) fn broken() -> Response {
    let broken: Result<Bytes, io::Error> = Err(io::ErrorKind::ConnectionAborted.into());
    Body::from_stream(futures_util::stream::iter([broken])).into_response()
}

/// 100 MB of spaces, which no JSON reader minds, but its memory does.
fn huge() -> Response {
    let piece = Bytes::from(vec![b' '; PIECE_BYTES]);
    let pieces = std::iter::repeat_n(piece, HUGE_PIECES).map(Ok::<_, io::Error>);
    ([JSON], Body::from_stream(futures_util::stream::iter(pieces))).into_response()
}

/// The answer with one more field, whose text is GBK while everything else is UTF-8.
fn mixed(body: &str) -> Vec<u8> {
    let (text, _, _) = encoding_rs::GBK.encode("渠道处理成功");
    let rest = body.strip_prefix('{').unwrap_or(body);
    [b"{\"memo\":\"", &*text, b"\",", rest.as_bytes()].concat()
}
