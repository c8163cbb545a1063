use uuid::Uuid;

use super::*;

fn json(state: State, nonce: Option<&str>) -> String {
    serde_json::to_string(&Change { rev: Rev(2), state, nonce: nonce.map(Into::into) }).unwrap()
}

const NIL: &str = "00000000-0000-0000-0000-000000000000";

#[test]
fn a_change_names_what_changed() {
    let user = UserId(Uuid::nil());
    let room = RoomId(Uuid::nil());
    let ann = User {
        id: user,
        name: "Ann".into(),
        role: crate::Role::Moderator,
        avatar: 0,
        status: "here".into(),
        gone: false,
    };
    let member = Member::new(&ann, MemberRole::Owner);
    assert_eq!(
        json(State::Member(member), None),
        format!(
            r#"{{"rev":2,"member":{{"id":"{NIL}","name":"Ann","status":"here","workspace_role":"moderator","role":"owner"}}}}"#
        )
    );
    assert_eq!(
        json(State::MemberGone(user), Some("n")),
        format!(r#"{{"rev":2,"nonce":"n","member":{{"id":"{NIL}","gone":true}}}}"#)
    );
    assert_eq!(
        json(State::MembershipGone { room, why: Some(Departure::Removed) }, None),
        format!(r#"{{"rev":2,"membership":{{"room":{{"id":"{NIL}"}},"gone":true,"why":"removed"}}}}"#)
    );
}

#[test]
fn stored_numbers_keep_their_meaning() {
    let kinds = [
        ChangeKind::Message,
        ChangeKind::Member,
        ChangeKind::Room,
        ChangeKind::Membership,
        ChangeKind::Person,
    ];
    for (number, kind) in (1..).zip(kinds) {
        assert_eq!(kind as i64, number);
        assert_eq!(ChangeKind::from_number(number), Some(kind));
    }
    assert_eq!(ChangeKind::from_number(0), None);
    assert_eq!(ChangeKind::from_number(6), None);
}
