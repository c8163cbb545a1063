//! What happens to Redis, and how it is reached: each test has a server of its own.

use std::time::Duration;

use chinwag_live::redis::{Address, Options};
use chinwag_model::StreamId;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use tokio::time::Instant;
use xtask::redis::Settings;
use xtask::{Redis, RedisCluster};

use crate::suite::many::Two;
use crate::suite::one::{PENALTY, QUOTA};
use crate::suite::{DEADLINE, Node, Told, key, person, session, stream};
use crate::{open, options};

async fn two(options: &Options) -> Two {
    Two::new(open(options), open(options)).await
}

/// Waits until each has seen the other's lease, so that whatever they write, the other reads, and until each hears the
/// other. Hearing alone does not show it: a node writes what all read until it has looked who is there.
pub(crate) async fn know_each_other(two: &Two) {
    let (mut one, mut other) = (two.one.lock().await, two.other.lock().await);
    for (node, sees) in [(&one, &other), (&other, &one)] {
        // Of a place that a node does not follow it knows by the leases alone who is there.
        let place = stream();
        node.live.enter(place, &person("Ann")).await.unwrap();
        sees.counts(place, 1).await;
    }
    let room = stream();
    for node in [&one, &other] {
        node.live.subscribe(room).await.unwrap();
    }
    reaches(&one, &mut other, room).await;
    reaches(&other, &mut one, room).await;
    other.hears_nothing_more().await;
}

/// Publishes until the other hears it, and forgets all that either has heard.
async fn reaches(from: &Node, to: &mut Node, room: StreamId) {
    let begun = Instant::now();
    let mut rev = 0;
    loop {
        rev += 1;
        from.publish(room, rev).await;
        let heard = tokio::time::timeout(Duration::from_millis(100), to.inbox.recv()).await;
        if matches!(heard, Ok(Some(chinwag_live::Delivery::Changes(_)))) {
            break;
        }
        assert!(begun.elapsed() < DEADLINE, "nothing reaches the other");
    }
    to.hears_nothing_more().await;
}

/// Both are told that they may have missed something, and hear each other again.
async fn heals(two: &Two, room: StreamId) {
    let (mut one, mut other) = (two.one.lock().await, two.other.lock().await);
    for node in [&mut *one, &mut *other] {
        node.is_told_to_compare().await;
    }
    hear_each_other_again(&mut one, &mut other, room).await;
}

async fn hear_each_other_again(one: &mut Node, other: &mut Node, room: StreamId) {
    one.is_suspect(false).await;
    other.is_suspect(false).await;
    one.hears_nothing_more().await;
    other.hears_nothing_more().await;
    // Nobody has subscribed anew.
    one.publish(room, 1_000).await;
    assert_eq!(other.next_change().await.through.0, 1_000);
    other.publish(room, 1_001).await;
    loop {
        if one.next_change().await.through.0 == 1_001 {
            return;
        }
    }
}

#[tokio::test]
async fn a_restart_heals_by_itself() {
    let mut redis = Redis::start().unwrap();
    let two = two(&options(&redis.url())).await;
    let (room, ann, bob) = (stream(), person("Ann"), person("Bob"));
    {
        let (one, other) = (two.one.lock().await, two.other.lock().await);
        for (node, person) in [(&one, &ann), (&other, &bob)] {
            node.live.subscribe(room).await.unwrap();
            node.live.enter(room, person).await.unwrap();
            node.counts(room, 1).await;
        }
        one.told_until(room, 2).await;
        other.told_until(room, 2).await;
    }
    for kill in [true, false] {
        if kill { redis.kill() } else { redis.stop() }.unwrap();
        {
            let (mut one, other) = (two.one.lock().await, two.other.lock().await);
            one.is_suspect(true).await;
            other.is_suspect(true).await;
            one.hears_nothing_more().await;
            // What happens on a node goes on at once.
            let begun = Instant::now();
            one.publish(room, 1).await;
            assert_eq!(one.next_change().await.through.0, 1);
            assert!(one.live.subscribe(stream()).await.unwrap(), "the head is to be read");
            assert!(begun.elapsed() < Duration::from_millis(200), "{:?}", begun.elapsed());
            // Who was there is believed for a while.
            assert_eq!(one.live.here(room, 10).await.unwrap().online, 2);
        }
        redis.start_again().unwrap();
        let begun = Instant::now();
        heals(&two, room).await;
        println!("healed after {:?}", begun.elapsed());
        let (one, other) = (two.one.lock().await, two.other.lock().await);
        one.tells_nothing().await;
        one.counts(room, 2).await;
        other.counts(room, 2).await;
    }
    // What a node that comes now reads was written anew.
    let third = Node::new(open(&options(&redis.url())));
    third.is_suspect(false).await;
}

#[tokio::test]
async fn an_emptied_redis_fills_again() {
    let redis = Redis::start().unwrap();
    let options = options(&redis.url());
    let two = two(&options).await;
    let (one, other) = (two.one.lock().await, two.other.lock().await);
    let (room, ann, bob) = (stream(), person("Ann"), person("Bob"));
    for (node, person) in [(&one, &ann), (&other, &bob)] {
        node.live.enter(room, person).await.unwrap();
    }
    one.told_until(room, 2).await;
    let (name, session_key, kept) = (key().id().0.to_string(), key(), session("Ann"));
    one.live.take(&name, QUOTA).await.unwrap();
    one.live.cache(session_key, kept.clone()).await;
    redis.ask(&["FLUSHALL"]).unwrap();
    redis.ask(&["SCRIPT", "FLUSH"]).unwrap();

    assert_eq!(one.live.take(&name, QUOTA).await.unwrap(), None);
    assert_eq!(one.live.cached(session_key).await, Some(kept));
    // Who comes now sees everybody as soon as the nodes have noticed.
    let third = Node::new(open(&options));
    third.counts(room, 2).await;
    let cat = person("Cat");
    third.live.enter(room, &cat).await.unwrap();
    assert_eq!(one.told_until(room, 3).await, Told::came(&["Cat"]));
}

#[tokio::test]
async fn a_redis_that_stands_still_holds_nothing_up() {
    let mut redis = Redis::start().unwrap();
    let two = two(&options(&redis.url())).await;
    let room = stream();
    {
        let (mut one, mut other) = (two.one.lock().await, two.other.lock().await);
        for node in [&one, &other] {
            node.live.subscribe(room).await.unwrap();
        }
        let name = key().id().0.to_string();
        redis.pause().unwrap();
        let begun = Instant::now();
        for rev in 1..=100 {
            one.publish(room, rev).await;
            assert_eq!(one.next_change().await.through.0, rev);
        }
        assert!(begun.elapsed() < Duration::from_millis(200), "{:?}", begun.elapsed());
        // Limits hold all the same.
        let begun = Instant::now();
        let mut refused = 0;
        for _ in 0..7 {
            refused += usize::from(one.live.take(&name, QUOTA).await.unwrap().is_some());
        }
        for _ in 0..7 {
            refused += usize::from(one.live.attempt(&name, PENALTY).await.unwrap().is_some());
        }
        assert_eq!(refused, 2 + 4);
        assert!(begun.elapsed() < Duration::from_secs(6), "{:?}", begun.elapsed());
        one.is_suspect(true).await;
        other.is_suspect(true).await;
        let begun = Instant::now();
        one.live.take(&name, QUOTA).await.unwrap();
        assert!(one.live.cached(key()).await.is_none());
        assert!(begun.elapsed() < Duration::from_millis(200), "who is known to be away is not asked");
        redis.resume().unwrap();
        // What was under way is lost, whichever connection was given up.
        other.is_told_to_compare().await;
        hear_each_other_again(&mut one, &mut other, room).await;
    }
}

#[tokio::test]
async fn people_of_a_node_that_ends_without_a_word_go() {
    let redis = Redis::start().unwrap();
    let options = options(&redis.url());
    let one = Node::new(open(&options));
    let other = Node::new(open(&options));
    let (room, ann, bob) = (stream(), person("Ann"), person("Bob"));
    one.live.enter(room, &ann).await.unwrap();
    other.live.enter(room, &bob).await.unwrap();
    one.told_until(room, 2).await;
    let begun = Instant::now();
    // Its tasks end with it, and it says nothing.
    drop(other);
    assert_eq!(one.told_until(room, 1).await, Told::went(&["Bob"]));
    assert!(begun.elapsed() > Duration::from_secs(5), "its lease had to end first");
}

#[tokio::test]
async fn while_redis_is_away_people_of_others_go_with_their_leases_and_come_back() {
    let mut redis = Redis::start().unwrap();
    let two = two(&options(&redis.url())).await;
    let (room, ann, bob) = (stream(), person("Ann"), person("Bob"));
    let (one, other) = (two.one.lock().await, two.other.lock().await);
    one.live.enter(room, &ann).await.unwrap();
    other.live.enter(room, &bob).await.unwrap();
    one.told_until(room, 2).await;
    redis.kill().unwrap();
    assert_eq!(one.told_until(room, 1).await, Told::went(&["Bob"]));
    assert_eq!(one.live.here(room, 5).await.unwrap().people, [ann]);
    redis.start_again().unwrap();
    assert_eq!(one.told_until(room, 2).await, Told::came(&["Bob"]));
}

#[tokio::test]
async fn a_node_that_starts_while_redis_is_away_works_and_joins_later() {
    let mut redis = Redis::start().unwrap();
    let options = options(&redis.url());
    redis.kill().unwrap();
    let node = Node::new(open(&options));
    let (room, ann) = (stream(), person("Ann"));
    assert!(*node.live.suspect().borrow(), "from the beginning");
    assert!(node.live.subscribe(room).await.unwrap());
    node.live.enter(room, &ann).await.unwrap();
    assert_eq!(node.told_until(room, 1).await, Told::came(&["Ann"]));
    redis.start_again().unwrap();
    node.is_suspect(false).await;
    let mut node = node;
    let other = Node::new(open(&options));
    reaches(&other, &mut node, room).await;
    other.counts(room, 1).await;
}

#[tokio::test]
async fn a_master_of_a_cluster_that_comes_back_is_found_again() {
    let mut cluster = RedisCluster::start().unwrap();
    let two = two(&options(&cluster.url())).await;
    let rooms: Vec<_> = (0..30).map(|_| stream()).collect();
    {
        let (one, other) = (two.one.lock().await, two.other.lock().await);
        for room in &rooms {
            one.live.subscribe(*room).await.unwrap();
            other.live.subscribe(*room).await.unwrap();
        }
    }
    cluster.masters_mut()[2].kill().unwrap();
    two.one.lock().await.is_suspect(true).await;
    two.other.lock().await.is_suspect(true).await;
    cluster.masters_mut()[2].start_again().unwrap();
    cluster.wait_until_whole().unwrap();
    for room in rooms {
        let (one, mut other) = (two.one.lock().await, two.other.lock().await);
        other.is_suspect(false).await;
        one.is_suspect(false).await;
        reaches(&one, &mut other, room).await;
    }
}

#[tokio::test]
async fn slots_that_move_are_followed() {
    let cluster = RedisCluster::start().unwrap();
    let options = options(&cluster.url());
    let two = two(&options).await;
    let room = stream();
    let channel = format!("{}:stream:{{{room}}}", options.instance.as_str());
    let masters = cluster.masters();
    let slot = masters[0].ask(&["CLUSTER", "KEYSLOT", &channel]).unwrap();
    let names: Vec<_> = masters.iter().map(|master| master.ask(&["CLUSTER", "MYID"]).unwrap()).collect();
    let number: usize = slot.parse().unwrap();
    let owner = number * 3 / 16_384;
    let to = &names[(owner + 1) % 3];
    {
        let (one, mut other) = (two.one.lock().await, two.other.lock().await);
        other.live.subscribe(room).await.unwrap();
        reaches(&one, &mut other, room).await;
    }
    // The new owner first, so that nobody is without one.
    for index in [(owner + 1) % 3, owner, (owner + 2) % 3] {
        masters[index].ask(&["CLUSTER", "SETSLOT", &slot, "NODE", to]).unwrap();
    }
    let (one, mut other) = (two.one.lock().await, two.other.lock().await);
    let begun = Instant::now();
    other.is_told_to_compare().await;
    assert!(begun.elapsed() < Duration::from_secs(3), "Redis says so itself: {:?}", begun.elapsed());
    reaches(&one, &mut other, room).await;
}

#[tokio::test]
async fn a_password_and_tls_are_used() {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let settings = Settings {
        password: Some("open-sesame".to_owned()),
        certificate: Some((cert.pem(), signing_key.serialize_pem())),
        lines: vec![],
    };
    let redis = Redis::start_with(&settings).unwrap();
    let authorities = redis.folder().join("certificate.pem");
    let url = format!("{}?cacert={}", redis.url(), authorities.display());
    let options = options(&url);
    assert!(url.starts_with("rediss://:open-sesame@"), "{url}");
    let two = two(&options).await;
    know_each_other(&two).await;

    // Who does not believe the certificate, or does not know the password, stays away and says so.
    let stranger: Address = redis.url().parse().unwrap();
    let wrong: Address = url.replace("open-sesame", "wrong").parse().unwrap();
    for address in [stranger, wrong] {
        let node = Node::new(open(&Options::new(address)));
        assert!(node.live.subscribe(stream()).await.unwrap());
        tokio::time::sleep(Duration::from_millis(500)).await;
        assert!(*node.live.suspect().borrow());
    }
}

#[tokio::test]
async fn a_cluster_with_a_password_and_tls_is_used() {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["127.0.0.1".to_owned()]).unwrap();
    let settings = Settings {
        password: Some("open-sesame".to_owned()),
        certificate: Some((cert.pem(), signing_key.serialize_pem())),
        lines: vec![],
    };
    let cluster = RedisCluster::start_with(&settings).unwrap();
    let authorities = cluster.masters()[0].folder().join("certificate.pem");
    let options = options(&format!("{}?cacert={}", cluster.url(), authorities.display()));
    let two = two(&options).await;
    know_each_other(&two).await;
}

#[tokio::test]
async fn certificates_that_cannot_be_used_are_said_at_once() {
    let address: Address = "rediss://127.0.0.1?cacert=/nowhere".parse().unwrap();
    let said = chinwag_live::redis::RedisLive::open(&Options::new(address)).err().unwrap();
    assert!(said.contains("/nowhere") && said.contains("cacert"), "{said}");
}

#[tokio::test]
async fn installations_that_share_a_redis_do_not_hear_each_other() {
    let url = Redis::shared().url();
    let (one, mut other) = (Node::new(open(&options(&url))), Node::new(open(&options(&url))));
    one.is_suspect(false).await;
    other.is_suspect(false).await;
    let (room, ann, key) = (stream(), person("Ann"), key());
    other.live.subscribe(room).await.unwrap();
    one.publish(room, 1).await;
    one.live.enter(room, &ann).await.unwrap();
    one.live.cache(key, session("Ann")).await;
    other.hears_nothing().await;
    assert_eq!(other.live.here(room, 5).await.unwrap().online, 0);
    assert!(other.live.cached(key).await.is_none());
}
