//! Work that can wait: jobs, which are asked for in the transaction that needs them and stand in the store's table until
//! somebody has done them.
//!
//! | module | what it holds |
//! |---|---|
//! | [`work`] | what there is to be done, by kind |
//! | [`runner`] | doing what is due in the table, a few at once |
//! | [`steps`] | work that is done in steps |
//! | [`log_stream`] | what happens, for whoever listens at the broker |
//! | [`questions`] | questions to workers of others, which somebody waits for |
//! | [`amqp`] | all of that through RabbitMQ |
//!
//! A job is done at least once, however processes end: what a [`Work`] does twice must do no harm.

pub mod amqp;
mod back_end;
mod clock;
pub mod log_stream;
pub mod questions;
pub mod runner;
pub mod steps;
pub mod work;

pub use back_end::{BackEnd, Table};
pub use log_stream::LogStream;
pub use questions::{NoAnswer, Question, Questions};
pub use runner::{Runner, Running};
pub use steps::{InSteps, Steps};
pub use work::{Failed, Task, Work, Works};
