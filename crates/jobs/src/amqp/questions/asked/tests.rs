use tokio::sync::oneshot;
use tokio::sync::oneshot::error::TryRecvError;
use uuid::Uuid;

use super::{Asked, BYTES, Known, QUESTIONS, WAITING};
use crate::questions::NoAnswer;

type Heard = oneshot::Receiver<Result<Vec<u8>, NoAnswer>>;

fn want(asked: &mut Asked, id: u128) -> (Known, Heard) {
    let (answer, heard) = oneshot::channel();
    (asked.want(Uuid::from_u128(id), answer), heard)
}

fn answered(asked: &mut Asked, id: u128, text: &str) -> bool {
    asked.answered(Uuid::from_u128(id), text.as_bytes().to_vec())
}

fn text(heard: &mut Heard) -> String {
    String::from_utf8(heard.try_recv().unwrap().unwrap()).unwrap()
}

#[test]
fn all_who_ask_the_same_hear_the_first_answer() {
    let mut asked = Asked::default();
    let (known, mut first) = want(&mut asked, 1);
    assert_eq!(known, Known::New);
    let (known, mut second) = want(&mut asked, 1);
    assert_eq!(known, Known::Already, "asked once");
    assert_eq!(first.try_recv(), Err(TryRecvError::Empty));
    assert!(answered(&mut asked, 1, "yes"));
    assert_eq!((text(&mut first), text(&mut second)), ("yes".to_owned(), "yes".to_owned()));
    assert!(!answered(&mut asked, 1, "no"), "a second answer is of no use");
    let (known, mut third) = want(&mut asked, 1);
    assert_eq!((known, text(&mut third)), (Known::Already, "yes".to_owned()));
    assert!(!answered(&mut asked, 2, "yes"), "nobody asked that");
}

#[test]
fn a_late_answer_is_there_for_who_asks_again() {
    let mut asked = Asked::default();
    drop(want(&mut asked, 1));
    assert!(answered(&mut asked, 1, "at last"));
    let (known, mut heard) = want(&mut asked, 1);
    assert_eq!((known, text(&mut heard)), (Known::Already, "at last".to_owned()));
}

#[test]
fn what_was_not_asked_is_asked_again_and_what_got_lost_is_not() {
    let mut asked = Asked::default();
    let (_, mut refused) = want(&mut asked, 1);
    asked.refused(Uuid::from_u128(1), NoAnswer::Nobody);
    assert_eq!(refused.try_recv(), Ok(Err(NoAnswer::Nobody)));
    let (known, mut lost) = want(&mut asked, 1);
    assert_eq!(known, Known::New);
    asked.nobody_will_answer();
    assert_eq!(lost.try_recv(), Ok(Err(NoAnswer::Late)));
    let (known, mut again) = want(&mut asked, 1);
    assert_eq!((known, again.try_recv()), (Known::Already, Ok(Err(NoAnswer::Late))), "it may have been done");
}

#[test]
fn only_so_much_is_remembered() {
    let mut asked = Asked::default();
    let waiting: Vec<_> = (0..QUESTIONS).map(|id| want(&mut asked, id as u128)).collect();
    let (known, mut heard) = want(&mut asked, u128::MAX);
    assert_eq!((known, heard.try_recv()), (Known::Already, Ok(Err(NoAnswer::TooMany))));
    drop(waiting);
    assert_eq!(want(&mut asked, u128::MAX).0, Known::New, "nobody waits for the others");
    assert_eq!(asked.order.len(), QUESTIONS);
    assert_eq!(want(&mut asked, 0).0, Known::New, "the oldest is forgotten");

    let mut crowd: Vec<_> = (0..=WAITING).map(|_| want(&mut asked, u128::MAX).1).collect();
    assert_eq!(crowd.pop().unwrap().try_recv(), Ok(Err(NoAnswer::Late)), "it was asked");

    let long = "x".repeat(BYTES / 2);
    for id in 10..13 {
        assert!(answered(&mut asked, id, &long));
    }
    assert_eq!(asked.bytes, long.len() * 2);
    assert_eq!(asked.questions.len(), asked.order.len());
    assert_eq!(want(&mut asked, 10).0, Known::New, "of answers the oldest is forgotten");
    assert_eq!(want(&mut asked, 11).0, Known::Already);
    assert_eq!(want(&mut asked, 20).0, Known::Already, "what is open is not, however much is answered");
}
