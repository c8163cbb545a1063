//! Request ids: each request has one of ours, which its answer and the log carry.

use std::sync::atomic::{AtomicU64, Ordering};

use http::{HeaderValue, Request};
use tower_http::request_id::{MakeRequestId, RequestId};

/// Makes ids that differ between restarts and within one.
#[derive(Clone)]
pub(super) struct Ids {
    start: u32,
    next: std::sync::Arc<AtomicU64>,
}

impl Default for Ids {
    fn default() -> Self {
        Self { start: getrandom::u32().unwrap_or_default(), next: Default::default() }
    }
}

impl MakeRequestId for Ids {
    fn make_request_id<B>(&mut self, _: &Request<B>) -> Option<RequestId> {
        let number = self.next.fetch_add(1, Ordering::Relaxed);
        HeaderValue::try_from(format!("{:08x}-{number}", self.start)).ok().map(RequestId::new)
    }
}

/// The id of a request, for people.
pub(super) fn of(extensions: &http::Extensions) -> String {
    let id = extensions.get::<RequestId>().and_then(|id| id.header_value().to_str().ok());
    id.unwrap_or("unknown").to_owned()
}
