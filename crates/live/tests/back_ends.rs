//! The suite on every back end, and what happens to Redis.
#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    reason = "a test that finds something else fails"
)]

mod own_server;
mod suite;

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use chinwag_live::redis::{Envelopes, Instance, Options, RedisLive};

/// For this URL, with keys of an installation of its own.
fn options(url: &str) -> Options {
    let mut options = Options::new(url.parse().unwrap());
    options.instance = fresh_instance();
    options
}

fn fresh_instance() -> Instance {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    format!("test-{}", NUMBER.fetch_add(1, Ordering::Relaxed)).parse().unwrap()
}

fn open(options: &Options) -> Arc<RedisLive> {
    RedisLive::open(options).unwrap()
}

mod memory {
    use chinwag_live::memory::MemoryLive;

    use super::suite::{self, Node, one};

    async fn one() -> one::Shared {
        one::Shared::new(Node::new(MemoryLive::new()))
    }

    suite::tests_of_one! { one }
}

mod single {
    use xtask::Redis;

    use super::suite::many::Two;
    use super::suite::{self, Node, one};
    use super::{open, options};

    async fn one() -> one::Shared {
        let node = Node::new(open(&options(&Redis::shared().url())));
        node.is_suspect(false).await;
        one::Shared::new(node)
    }

    async fn two() -> Two {
        let options = options(&Redis::shared().url());
        Two::new(open(&options), open(&options)).await
    }

    suite::tests_of_one! { one }
    suite::tests_of_two! { two }
}

/// A node that is held to the version before, beside one that is not.
mod two_versions {
    use xtask::Redis;

    use super::suite::{self, many::Two};
    use super::{Envelopes, open, options};

    async fn old_and_new() -> Two {
        let options = options(&Redis::shared().url());
        let mut old = options.clone();
        old.envelopes = Envelopes::Previous;
        let two = Two::new(open(&old), open(&options)).await;
        // Which node reads what, each learns from the other's lease.
        super::own_server::know_each_other(&two).await;
        two
    }

    suite::tests_of_versions! { old_and_new }

    mod the_other_way_round {
        use super::super::suite::{self, many::Two};
        use super::super::{Envelopes, open, options};

        async fn new_and_old() -> Two {
            let options = options(&xtask::Redis::shared().url());
            let mut old = options.clone();
            old.envelopes = Envelopes::Previous;
            let two = Two::new(open(&options), open(&old)).await;
            super::super::own_server::know_each_other(&two).await;
            two
        }

        suite::tests_of_versions! { new_and_old }
    }
}

mod cluster {
    use std::sync::OnceLock;

    use xtask::RedisCluster;

    use super::suite::many::Two;
    use super::suite::{self, Node, one};
    use super::{open, options};

    /// One for all tests of this process.
    fn url() -> String {
        static SHARED: OnceLock<RedisCluster> = OnceLock::new();
        SHARED.get_or_init(|| RedisCluster::start().unwrap()).url()
    }

    async fn one() -> one::Shared {
        let node = Node::new(open(&options(&url())));
        node.is_suspect(false).await;
        one::Shared::new(node)
    }

    async fn two() -> Two {
        let options = options(&url());
        Two::new(open(&options), open(&options)).await
    }

    suite::tests_of_one! { one }
    suite::tests_of_two! { two }
}
