//! Jobs: asking for them, leasing them, and what becomes of them.
//!
//! A row is all that there is of a job. Who has it is known by its lease, another one each time, and every command of a
//! worker names that: so whoever comes too late changes nothing, without anything being locked beforehand. Times are those
//! of the database ([`Transaction::clock`](super::Transaction::clock)): of several nodes one may be minutes ahead, and
//! would take away from the others what they have just begun.

mod ask;
mod back_off;
mod lease;
mod operate;
mod outcome;
mod put_back;

pub(crate) use ask::AskFor;
pub(crate) use lease::{Due, ExtendLease, LeaseJobs, TakeJobs};
pub(crate) use operate::{DropJob, RetryJob};
pub(crate) use outcome::{FailJob, FinishJob};
pub(crate) use put_back::PutBackJob;
