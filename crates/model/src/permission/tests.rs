use super::*;

const MEMBER: Option<MemberRole> = Some(MemberRole::Member);
const OWNER: Option<MemberRole> = Some(MemberRole::Owner);

#[test]
fn the_table() {
    use Action::{Delete, Edit, Join, Leave, Post, Read, Remove};
    use MemberRole::{Member, Owner};
    // action, and for stranger, member and owner whether they may as a member and as an administrator of the workspace
    let table = [
        (Read, [false, true, true], [false, true, true]),
        (Join, [true, true, true], [true, true, true]),
        (Leave, [false, true, true], [false, true, true]),
        (Post, [false, true, true], [false, true, true]),
        (Edit { own: true }, [false, true, true], [false, true, true]),
        (Edit { own: false }, [false, false, false], [false, false, false]),
        (Delete { own: true }, [false, true, true], [true, true, true]),
        (Delete { own: false }, [false, false, true], [true, true, true]),
        (Remove { target: Member }, [false, false, true], [true, true, true]),
        (Remove { target: Owner }, [false, false, false], [true, true, true]),
    ];
    for (action, as_member, as_administrator) in table {
        for (role, row) in [(Role::Member, as_member), (Role::Administrator, as_administrator)] {
            for (membership, allowed) in [None, MEMBER, OWNER].into_iter().zip(row) {
                let answer = check(action, role, membership);
                assert_eq!(answer.is_ok(), allowed, "{action:?} {role:?} {membership:?}");
                if !allowed {
                    let refusal = if membership.is_none() { Refusal::NotAMember } else { Refusal::Forbidden };
                    assert_eq!(answer, Err(refusal), "{action:?} {role:?} {membership:?}");
                }
            }
        }
    }
}
