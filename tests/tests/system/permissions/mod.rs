//! The whole table of permissions, walked: every action by every role, in every kind of room, by strangers, members and
//! owners of the room, to everybody to whom it may matter, over the socket and over HTTP, allowed or refused as the table
//! says.

mod cast;
mod orders;
mod stage;

use chinwag_model::permission::{Action, Case, Place, Upon, check, row};
use chinwag_model::{MemberRole, Refusal, Role, RoomKind};
use chinwag_tests::DEADLINE;
use serde_json::Value;

use cast::Cast;
use orders::{Order, Over, in_room, in_workspace};
use stage::{Stage, can_be};

const MEMBERSHIPS: [Option<MemberRole>; 3] = [None, Some(MemberRole::Member), Some(MemberRole::Owner)];

/// What an answer says: nothing if it was done, or why not.
fn refusal(answer: &Value) -> Option<&str> {
    if answer["ok"] == true { None } else { Some(answer["error"]["code"].as_str().unwrap_or("no answer")) }
}

/// The code of what the table says.
fn expected(action: Action, case: Case) -> Option<&'static str> {
    check(action, case).err().map(|refusal: Refusal| refusal.code())
}

/// Whether it depends on whom it is done to.
fn is_upon_somebody(action: Action) -> bool {
    let depends =
        |grants: &[chinwag_model::permission::Grant]| grants.iter().any(|grant| grant.upon == Upon::Below);
    match row(action).place {
        Place::Everywhere(grants) => depends(grants),
        Place::Room { open, closed, direct } => depends(open) || depends(closed) || depends(direct),
    }
}

#[tokio::test]
async fn in_rooms() {
    let mut cast = Cast::gather().await;
    let mut walked = 0;
    for action in Action::ALL {
        if matches!(row(*action).place, Place::Everywhere(_)) {
            continue;
        }
        for kind in RoomKind::ALL {
            for membership in MEMBERSHIPS {
                for role in Role::ALL {
                    for target in targets(*action) {
                        walked += one_in_room(&mut cast, *action, kind, membership, role, target).await;
                    }
                }
            }
        }
    }
    println!("{walked} cases in rooms");
    assert!(walked > 1_000, "only {walked} cases");
}

/// Whom an action is done to: somebody of each role if that matters.
fn targets(action: Action) -> Vec<Role> {
    if is_upon_somebody(action) { Role::ALL.to_vec() } else { vec![Role::Member] }
}

/// Tries one case over both ways; answers how many there were.
async fn one_in_room(
    cast: &mut Cast,
    action: Action,
    kind: RoomKind,
    membership: Option<MemberRole>,
    role: Role,
    target: Role,
) -> usize {
    let mut walked = 0;
    if !can_be(action, kind, membership, role, target) {
        return walked;
    }
    for over in Over::BOTH {
        // Who is muted is tried where most is allowed.
        for muted in [false, true] {
            if muted && !(kind == RoomKind::Open && membership == Some(MemberRole::Member)) {
                continue;
            }
            let stage = Stage::set(cast, kind, membership, role, target, action).await;
            let order = in_room(action, &stage, cast);
            if !order.goes(over) {
                stage.strike(cast).await;
                continue;
            }
            if muted {
                cast.mute(role).await;
            }
            // In a direct conversation there is nobody but its people, whatever their roles.
            let target = if kind == RoomKind::Direct { Role::Member } else { target };
            let case = Case::of(role, muted).in_room(kind, membership);
            let case = if is_upon_somebody(action) { case.upon(target) } else { case };
            let says = expected(action, case);
            let answer = carry_out(cast, role, &order, over, (action == Action::Type).then_some(says)).await;
            if muted {
                cast.unmute(role).await;
            }
            stage.strike(cast).await;
            assert_eq!(
                refusal(&answer),
                says,
                "{action:?} by {role:?} ({membership:?}, muted: {muted}) in {kind:?} to {target:?} over {over:?}: {answer}"
            );
            walked += 1;
        }
    }
    walked
}

#[tokio::test]
async fn in_the_workspace() {
    let mut cast = Cast::gather().await;
    let mut walked = 0;
    for action in Action::ALL {
        if matches!(row(*action).place, Place::Room { .. }) {
            continue;
        }
        for role in Role::ALL {
            for target in subjects(*action) {
                for over in Over::BOTH {
                    for muted in [false, true] {
                        let order = in_workspace(*action, role, target, &mut cast).await;
                        if !order.goes(over) {
                            continue;
                        }
                        if muted {
                            cast.mute(role).await;
                        }
                        let answer = carry_out(&mut cast, role, &order, over, None).await;
                        cast.restore(role, *action).await;
                        let case = Case { target, ..Case::of(role, muted) };
                        let says = expected(*action, case).or_else(|| new_role(*action, role, target));
                        assert_eq!(
                            refusal(&answer),
                            says,
                            "{action:?} by {role:?} (muted: {muted}) to {target:?} over {over:?}: {answer}"
                        );
                        walked += 1;
                    }
                }
            }
        }
    }
    println!("{walked} cases in the workspace");
    assert!(walked > 300, "only {walked} cases");
}

/// Whom an action is done to: somebody of each role and oneself, if that matters.
fn subjects(action: Action) -> Vec<Option<Role>> {
    if !is_upon_somebody(action) {
        return vec![None];
    }
    // Guests have no password, so they have no other role and no link for a new one.
    let with_password = matches!(action, Action::SetRole | Action::MakeResetLink);
    let others = Role::ALL.into_iter().filter(|role| !(with_password && *role == Role::Guest));
    others.map(Some).chain([None]).collect()
}

/// Of a new role it also matters what it is.
fn new_role(action: Action, role: Role, target: Option<Role>) -> Option<&'static str> {
    let (Action::SetRole, Some(target)) = (action, target) else { return None };
    expected(action, Case::of(role, false).upon(orders::other_role(target)))
}

/// Has an order carried out. A socket comes into a room, or out of it, a moment after its person does, so what depends on
/// that is asked until the answer is `awaited`.
async fn carry_out(
    cast: &mut Cast,
    role: Role,
    order: &Order,
    over: Over,
    awaited: Option<Option<&str>>,
) -> Value {
    let begun = tokio::time::Instant::now();
    loop {
        let answer = cast.ask(role, order, over).await;
        if awaited.is_none_or(|awaited| refusal(&answer) == awaited) || begun.elapsed() > DEADLINE {
            return answer;
        }
        tokio::time::sleep(std::time::Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn without_a_session_nothing_is_done() {
    let mut cast = Cast::gather().await;
    let open = RoomKind::Open;
    for action in Action::ALL {
        let order = match row(*action).place {
            Place::Everywhere(_) => in_workspace(*action, Role::Owner, Some(Role::Member), &mut cast).await,
            Place::Room { .. } => {
                let membership = Some(MemberRole::Member);
                let stage =
                    Stage::set(&mut cast, open, membership, Role::Member, Role::Member, *action).await;
                in_room(*action, &stage, &mut cast)
            }
        };
        if order.goes(Over::Http) {
            let answer = cast.ask_as_a_stranger(&order).await;
            assert_eq!(refusal(&answer), Some("unauthenticated"), "{action:?}: {answer}");
        }
    }
}
