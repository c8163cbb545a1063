//! A session, driven by any operations in any order.
#![no_main]

use bytes::Bytes;
use chinwag_socketio::DisconnectReason;
use chinwag_socketio::engine_io::{
    Due, Phase, PollRefused, Protocol, Received, Session, Timing, Transport, decode,
};
use libfuzzer_sys::arbitrary::{self, Arbitrary};
use libfuzzer_sys::fuzz_target;

#[derive(Debug, Arbitrary)]
enum Step {
    Wait(u16),
    Receive(u8),
    StartPoll,
    EndPoll,
    StartPost,
    EndPost,
    StartUpgrade,
    Probe,
    FinishUpgrade,
    AbandonUpgrade,
    Pause,
    Resume,
    Joined,
    End,
    Close,
}

#[derive(Debug, Arbitrary)]
struct Input {
    old: bool,
    polling: bool,
    ping_interval: u16,
    ping_timeout: u16,
    connect_timeout: Option<u16>,
    grace: u16,
    steps: Vec<Step>,
}

fuzz_target!(|input: Input| {
    // The server takes no times of zero.
    let time = |time: u16| u64::from(time) + 2;
    let timing = Timing {
        ping_interval: time(input.ping_interval),
        ping_timeout: time(input.ping_timeout),
        connect_timeout: input.connect_timeout.map(time),
        grace: time(input.grace),
    };
    let transport = if input.polling { Transport::Polling } else { Transport::WebSocket };
    let protocol = if input.old { Protocol::V3 } else { Protocol::V4 };
    let mut session = Session::new(protocol, transport, 0, &timing);
    let (mut now, mut polling, mut posting, mut paused) = (0, false, false, false);
    for step in input.steps {
        let before = session.clone();
        match step {
            Step::Wait(time) => {
                now += u64::from(time);
                let due = session.timer(now, &timing);
                let ping_timeout = due.close == Some(DisconnectReason::PingTimeout);
                assert!(!(ping_timeout && paused), "nothing was read from who is said to be silent");
                match session.phase() {
                    Phase::Closed(_) => assert_eq!(due, Due { ping: false, close: None, next: u64::MAX }),
                    Phase::Ending(reason) => {
                        assert!(!due.ping && due.close.is_none_or(|close| close == reason));
                        assert!(due.close.is_some() || due.next > now);
                    }
                    Phase::Open => assert!(due.close.is_some() || due.next > now && due.next < u64::MAX),
                }
            }
            Step::Receive(kind) => {
                let packet = decode(&Bytes::from(format!("{}x", kind % 7))).expect("a packet");
                let received = session.receive(&packet, now, &timing);
                assert!(session.is_open() || received == Received::Ignore);
                assert_eq!(received == Received::Deliver, session.is_open() && kind % 7 == 4);
            }
            Step::StartPoll => match session.start_poll() {
                Ok(()) => {
                    assert!(!polling && session.transport() == Transport::Polling);
                    polling = true;
                }
                Err(PollRefused::Overlap) => assert!(polling),
                Err(PollRefused::Transport) => assert_eq!(session.transport(), Transport::WebSocket),
                Err(PollRefused::Closed) => assert!(matches!(session.phase(), Phase::Closed(_))),
            },
            Step::EndPoll => {
                session.end_poll();
                polling = false;
            }
            Step::StartPost => match session.start_post() {
                Ok(()) => {
                    assert!(!posting && session.is_open() && session.transport() == Transport::Polling);
                    posting = true;
                }
                Err(PollRefused::Overlap) => assert!(posting),
                Err(PollRefused::Transport) => assert_eq!(session.transport(), Transport::WebSocket),
                Err(PollRefused::Closed) => assert!(!session.is_open()),
            },
            Step::EndPost => {
                session.end_post();
                posting = false;
            }
            Step::StartUpgrade => {
                if session.start_upgrade() {
                    assert!(session.is_open() && session.transport() == Transport::Polling);
                    assert!(!session.clone().start_upgrade(), "two at once");
                }
            }
            Step::Probe => session.probe(),
            Step::FinishUpgrade => {
                let fits = session.finish_upgrade();
                assert_eq!(fits, before.transport() != session.transport());
                assert!(!fits || session.is_open());
            }
            Step::AbandonUpgrade => session.abandon_upgrade(),
            Step::Pause => {
                session.pause();
                paused = true;
            }
            Step::Resume => {
                session.resume(now, &timing);
                paused = false;
            }
            Step::Joined => session.joined(),
            Step::End => {
                let until = session.end(DisconnectReason::ServerClose, now, &timing);
                assert_eq!(until.is_some(), before.is_open());
                assert!(!session.is_open());
            }
            Step::Close => {
                let closed = session.close(DisconnectReason::TransportError);
                assert_eq!(closed, !matches!(before.phase(), Phase::Closed(_)));
            }
        }
        assert!(before.is_open() || !session.is_open(), "open again");
        match before.phase() {
            Phase::Closed(_) => assert_eq!(before.phase(), session.phase()),
            Phase::Ending(reason) => {
                assert!(matches!(session.phase(), Phase::Ending(now) | Phase::Closed(now) if now == reason));
            }
            Phase::Open => {}
        }
        if before.transport() == Transport::WebSocket {
            assert_eq!(session.transport(), Transport::WebSocket);
            assert!(session.clone().start_poll().is_err() && !session.clone().start_upgrade());
        }
    }
});
