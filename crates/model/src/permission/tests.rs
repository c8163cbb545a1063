use super::*;

const MEMBERSHIPS: [Option<MemberRole>; 3] = [None, Some(MemberRole::Member), Some(MemberRole::Owner)];

/// Every case that there can be.
fn cases() -> impl Iterator<Item = Case> {
    let rooms =
        RoomKind::ALL.into_iter().flat_map(|kind| MEMBERSHIPS.map(|membership| Some((kind, membership))));
    let rooms: Vec<_> = rooms.chain([None]).collect();
    let targets: Vec<_> = Role::ALL.into_iter().map(Some).chain([None]).collect();
    Role::ALL.into_iter().flat_map(move |role| {
        let targets = targets.clone();
        rooms.clone().into_iter().flat_map(move |room| {
            targets
                .clone()
                .into_iter()
                .flat_map(move |target| [false, true].map(|muted| Case { role, muted, room, target }))
        })
    })
}

fn may(action: Action, case: Case) -> bool {
    check(action, case).is_ok()
}

fn all(holds: impl Fn(Action, Case) -> bool) {
    for action in Action::ALL {
        for case in cases() {
            assert!(holds(*action, case), "{action:?} {case:?}");
        }
    }
}

/// Actions that give to those who have less what those have who have more.
fn is_about_rank(action: Action) -> bool {
    matches!(row(action).place, Place::Everywhere(grants) if grants.iter().any(|grant| grant.upon == Upon::Below))
}

#[test]
fn who_has_more_may_not_do_less() {
    all(|action, case| {
        let higher = Role::ALL.into_iter().filter(|role| *role > case.role);
        !may(action, case) || higher.map(|role| Case { role, ..case }).all(|case| may(action, case))
    });
}

#[test]
fn who_is_muted_may_do_no_more_and_is_told() {
    all(|action, case| {
        !may(action, Case { muted: true, ..case }) || may(action, Case { muted: false, ..case })
    });
    all(|action, case| {
        let told = check(action, case) == Err(Refusal::Muted);
        told == (case.muted && !row(action).muted && may(action, Case { muted: false, ..case }))
    });
    for action in [Action::Post, Action::EditOwn, Action::ChangeProfile, Action::OpenDirect] {
        assert!(!row(action).muted, "{action:?}");
    }
}

#[test]
fn nobody_speaks_for_another() {
    all(|action, case| action != Action::EditOther || !may(action, case));
}

#[test]
fn what_is_closed_to_somebody_is_not_told_to_exist() {
    all(|action, case| match case.room {
        Some((RoomKind::Closed | RoomKind::Direct, None)) => {
            !matches!(check(action, case), Err(Refusal::NotAMember | Refusal::Forbidden))
        }
        Some((RoomKind::Open, None)) => {
            !matches!(check(action, case), Err(Refusal::RoomUnknown | Refusal::Forbidden))
        }
        _ => !matches!(check(action, case), Err(Refusal::RoomUnknown | Refusal::NotAMember)),
    });
    // Reading takes a membership, of everybody.
    all(|action, case| {
        let inside = case.room.is_some_and(|(_, membership)| membership.is_some());
        !matches!(action, Action::Read | Action::Post | Action::EditOwn | Action::Type)
            || inside
            || !may(action, case)
    });
}

#[test]
fn nobody_rules_over_who_has_as_much_or_more_but_owners() {
    all(|action, case| {
        let over = case.target.is_some_and(|target| target >= case.role) && case.role != Role::Owner;
        !(is_about_rank(action) && over && may(action, case))
    });
    // Nor over themselves: for them there is no target.
    all(|action, case| !is_about_rank(action) || case.target.is_some() || !may(action, case));
}

#[test]
fn guests_only_talk() {
    use Action::{DeleteOwn, EditOwn, Export, Join, Leave, OwnSessions, Post, Read, SeeOpenRooms, Type};
    let theirs = [Read, Join, Leave, Post, Type, EditOwn, DeleteOwn, SeeOpenRooms, OwnSessions, Export];
    all(|action, case| {
        let stranger_to_rooms = !matches!(case.room, Some((_, Some(MemberRole::Owner))));
        case.role != Role::Guest || !stranger_to_rooms || theirs.contains(&action) || !may(action, case)
    });
}

#[test]
fn a_direct_conversation_is_between_its_people() {
    use Action::{Add, AddGuest, Join, MakeOwner, Remove, RemoveOwner, Rename, UnmakeOwner};
    all(|action, case| {
        let direct = matches!(case.room, Some((RoomKind::Direct, _)));
        !direct
            || !matches!(
                action,
                Add | AddGuest | Join | MakeOwner | Remove | RemoveOwner | Rename | UnmakeOwner
            )
            || !may(action, case)
    });
}

#[test]
fn some_decisions() {
    use MemberRole::{Member as In, Owner};
    use Role::{Administrator, Guest, Member, Moderator};
    use RoomKind::{Closed, Direct, Open};
    let case = |role| Case::of(role, false);
    for (action, case, expected) in [
        (Action::Join, case(Guest).in_room(Open, None), Ok(())),
        (Action::Join, case(Role::Owner).in_room(Closed, None), Err(Refusal::RoomUnknown)),
        (Action::Post, case(Member).in_room(Open, None), Err(Refusal::NotAMember)),
        (Action::DeleteOther, case(Member).in_room(Open, Some(In)), Err(Refusal::Forbidden)),
        (Action::DeleteOther, case(Member).in_room(Open, Some(Owner)), Ok(())),
        (Action::DeleteOther, case(Moderator).in_room(Closed, None), Ok(())),
        (Action::DeleteOther, case(Moderator).in_room(Direct, Some(In)), Err(Refusal::Forbidden)),
        (Action::Remove, case(Member).in_room(Open, Some(Owner)).upon(Administrator), Ok(())),
        (Action::Remove, case(Moderator).in_room(Open, None).upon(Member), Ok(())),
        (Action::Remove, case(Moderator).in_room(Open, Some(In)).upon(Moderator), Err(Refusal::Forbidden)),
        (Action::RemoveOwner, case(Member).in_room(Open, Some(Owner)).upon(Member), Err(Refusal::Forbidden)),
        (Action::Suspend, case(Moderator).upon(Member), Ok(())),
        (Action::Suspend, case(Moderator).upon(Administrator), Err(Refusal::Forbidden)),
        (Action::SetRole, case(Administrator).upon(Administrator), Err(Refusal::Forbidden)),
        (Action::SetRole, case(Role::Owner).upon(Role::Owner), Ok(())),
        (Action::MakeRoom, case(Guest), Err(Refusal::Forbidden)),
        (Action::MakeRoom, Case::of(Member, true), Err(Refusal::Muted)),
    ] {
        assert_eq!(check(action, case), expected, "{action:?} {case:?}");
    }
}

#[test]
fn the_document_is_what_the_table_says() {
    let written = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../../docs/permissions.md"));
    assert!(
        written.is_ok_and(|written| written == document()),
        "docs/permissions.md is not what the table says: run `cargo xtask permissions`"
    );
}
