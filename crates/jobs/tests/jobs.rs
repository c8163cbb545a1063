//! Jobs by every back end: one suite, and what is RabbitMQ's own.
#![allow(unreachable_pub, reason = "the suite is a module of its own")]
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that finds something else fails"
)]

mod own_broker;
mod suite;

use std::time::Duration;

use chinwag_jobs::Table;
use xtask::RabbitMq;

use own_broker::options;
use suite::Installation;

/// A module with all tests of the suite, for the back end that is made by this.
macro_rules! on {
    ($module:ident, $back_end:expr, $($test:ident)*) => {
        mod $module {
            use super::*;

            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    suite::$test(Installation::with($back_end)).await;
                }
            )*
        }
    };
}

macro_rules! suite {
    ($($test:ident)*) => {
        // What a dead worker had is done soon.
        on!(table, Table { lease: Duration::from_secs(1) }, $($test)*);
        on!(rabbitmq, options(&RabbitMq::shared().url()), $($test)*);
    };
}

suite! {
    ten_thousand_jobs_are_shared_by_four_workers
    what_always_fails_is_given_up_with_its_history_and_may_be_tried_again
    what_panics_or_takes_too_long_has_failed
    only_so_many_are_under_way_and_who_stops_finishes_what_was_begun
    who_stops_costs_no_job_a_try
    what_a_dead_worker_had_is_done_by_another
    what_kills_its_workers_is_given_up
}
