//! A store with everything that there is.

use std::time::Duration;

use chinwag_model::MessageText;
use chinwag_model::{
    Days, Line, MemberRole, Millis, Rev, Role, RoomId, RoomName, SessionKey, SignUp, User, UserId, UserName,
    WorkspaceSettings,
};
use chinwag_store::{
    AuthenticatorSecret, Confirmation, Decision, Edit, Entry, JobBody, JobId, Lease, NewIdentity,
    NewInvitation, NewJob, NewPending, NewReset, NewSecondFactor, NewSession, NewSigningKey, NewUser, Posted,
    Profile, Proof, Purpose, Use,
};
use uuid::Uuid;

use crate::suite::jobs::{job, kind};
use crate::suite::tokens::token;
use crate::suite::{HASH, Subject, once, post};

/// A time in the year 3000.
pub const FAR: i64 = 32_503_680_000_000;

/// What is in it.
pub struct Filled {
    pub root: User,
    pub people: Vec<User>,
    pub rooms: Vec<RoomId>,
    pub sessions: Vec<SessionKey>,
    pub invitations: Vec<SessionKey>,
    pub resets: Vec<SessionKey>,
    /// A nonce for each, with what was posted by it: where, by whom, and the answer.
    pub posted: Vec<(RoomId, User, String, Rev)>,
    /// Jobs in every state.
    pub jobs: Vec<JobId>,
    /// One of them that somebody has, and the lease.
    pub leased: (JobId, Lease),
    /// A command that made a room, and which.
    pub made: (RoomId, RoomName, String),
}

fn key(number: u8) -> SessionKey {
    SessionKey([number; 32])
}

fn session(number: u8) -> NewSession {
    NewSession {
        key: key(number),
        expires_at: Millis(FAR - 1),
        ends_at: Millis(FAR),
        device: format!("Firefox {number} „on“ Linux"),
        address: "2001:db8::1".into(),
    }
}

fn invitation(number: u8) -> NewInvitation {
    NewInvitation {
        id: Uuid::now_v7(),
        key: key(number),
        note: Line::note("für alle").unwrap(),
        expires_at: Millis(FAR),
        most_uses: 7,
    }
}

/// Fills it.
pub async fn fill(subject: &Subject) -> Filled {
    let store = &subject.store;
    let root = subject.try_user("Root", Role::Owner).await.unwrap();
    let admin = subject.try_user("Ada Admin", Role::Administrator).await.unwrap();
    let moderator = subject.try_user("Mo", Role::Moderator).await.unwrap();
    let mut people = vec![root.clone(), admin.clone(), moderator];
    for name in ["Ann Bly", "Bob", "Ćem Ünal", "日本", "Eve", "Fay", "Gus"] {
        people.push(subject.user(name).await);
    }
    let [ann, bob, cem, nihon, eve, fay, gus] = &people[3..10] else { panic!("{people:?}") };

    store.make_invitation(root.id, invitation(101)).await.unwrap();
    let revoked = invitation(102);
    store.make_invitation(admin.id, revoked.clone()).await.unwrap();
    store.revoke_invitation(admin.id, revoked.id).await.unwrap();
    let guest = |name: &str, entry, role: Role, number| NewUser {
        id: UserId(Uuid::now_v7()),
        name: UserName::parse(name).unwrap(),
        password_hash: (role != Role::Guest).then(|| HASH.into()),
        identity: None,
        role,
        entry,
        session: Some(session(number)),
    };
    let invited = guest("Ivy", Entry::Invitation(key(101)), Role::Member, 1);
    let invited = store.create_user(invited).await.unwrap();
    let guest = store.create_user(guest("Guest", Entry::Free, Role::Guest, 2)).await.unwrap();
    for (number, user) in [(3, ann), (4, ann), (5, bob)] {
        store.create_session(user.id, Proof::password(HASH), session(number)).await.unwrap().unwrap();
    }
    let begun = NewPending {
        key: key(6),
        purpose: Purpose("second-factor"),
        expires_at: Millis(FAR),
        body: vec![0, 1, 255],
    };
    store.begin_pending(begun).await.unwrap();
    store.try_pending(key(6), Purpose("second-factor"), 5).await.unwrap().unwrap();
    let factor = NewSecondFactor {
        secret: AuthenticatorSecret((0..20).map(|byte| byte * 13).collect()),
        step: 58_000_000,
        recovery_codes: vec![vec![0; 32], vec![255; 32]],
    };
    store.set_second_factor(bob.id, Confirmation::password(HASH), factor).await.unwrap().unwrap();
    let identity = NewIdentity {
        issuer: "https://github.com".into(),
        subject: "583231".into(),
        name: "octocat ☕".into(),
    };
    store.link_identity(bob.id, key(5), identity).await.unwrap().unwrap();
    assert!(store.make_token(ann.id, key(3), token(7, "„bot“ für alles", FAR)).await.unwrap());
    let signing = NewSigningKey { id: Uuid::from_u128(8), secret: (0..=255).collect() };
    store.renew_signing_key(signing).await.unwrap();
    let used = Use {
        key: key(4),
        expires_at: Millis(FAR - 2),
        device: "Safari".into(),
        address: "192.0.2.9".into(),
    };
    store.use_session(used).await.unwrap();

    let status = Profile {
        name: Some(UserName::parse("Anna Bly").unwrap()),
        status: Some(Line::status("☕ gone for lunch").unwrap()),
    };
    store.change_profile(ann.id, status).await.unwrap();
    store.set_avatar(ann.id, Some(vec![0, 1, 2, 0xff])).await.unwrap();
    store.set_avatar(bob.id, Some((0..9_000).map(|byte| byte as u8).collect())).await.unwrap();
    store.set_avatar(bob.id, Some(vec![7; 6_000])).await.unwrap();

    let lobby = store.workspace_page(root.id, None, 1).await.unwrap().rooms[0].room.id;
    let garden = subject.room("Garden", ann).await;
    let cellar = subject.closed_room("Ćellar", bob).await;
    let name = RoomName::parse("Once only").unwrap();
    let made = subject.try_room(name.as_str(), cem, Some(once("make", "room"))).await.unwrap();
    for user in [bob, cem, nihon, eve, gus] {
        store.join(garden, user.id, Some(once(&Uuid::new_v4().to_string(), "join"))).await.unwrap();
    }
    store.add(cellar, cem.id, bob.id, None).await.unwrap();
    store.set_room_role(garden, bob.id, MemberRole::Owner, ann.id, None).await.unwrap();
    store.rename_room(cellar, RoomName::parse("Deep cellar").unwrap(), bob.id, None).await.unwrap();
    store.remove(garden, cem.id, ann.id, None).await.unwrap();
    for (room, user, days) in [(garden, ann, 30), (cellar, bob, 36_500)] {
        store.set_retention(room, Days::new(days).ok(), user.id, None).await.unwrap();
    }
    store.leave(garden, nihon.id, None).await.unwrap();
    let pair = store.open_direct(RoomId(Uuid::now_v7()), ann.id, vec![bob.id], None).await.unwrap();
    let three = vec![ann.id, nihon.id];
    let three = store.open_direct(RoomId(Uuid::now_v7()), cem.id, three, Some(once("direct", "three")));
    let rooms = vec![lobby, garden, cellar, made, pair.room.id, three.await.unwrap().room.id];

    let mut posted = Vec::new();
    for number in 0..60 {
        let (room, author) = [
            (lobby, &guest),
            (garden, ann),
            (garden, bob),
            (cellar, bob),
            (pair.room.id, ann),
            (garden, gus),
            (garden, eve),
        ][number % 7];
        let text =
            format!("{number} {}", ["hello", "ünïcödé 🎉", "line\nbreak \t\\N \"quoted\""][number % 3]);
        let nonce = Uuid::new_v4().to_string();
        let Posted { seq, .. } = store.post(post(room, author, &text, &nonce)).await.unwrap();
        posted.push((room, author.clone(), nonce, seq));
        if number % 5 == 0 {
            let text = MessageText::parse(format!("{text}, edited")).unwrap();
            let edit = Edit { room, seq, version: seq, by: author.id, text };
            store.edit(edit, Some(once(&format!("edit-{number}"), "edit"))).await.unwrap();
        }
        if number % 11 == 0 {
            store.delete(room, seq, author.id, None).await.unwrap();
        }
    }

    let reason = Line::reason("as we agreed").unwrap();
    let decide = async |user: &User, decision| {
        store.decide(Some(root.id), user.id, decision, reason.clone()).await.unwrap();
    };
    decide(fay, Decision::Mute(Millis(FAR))).await;
    decide(nihon, Decision::Suspend).await;
    // Nobody takes the messages away yet: that is left to be done.
    decide(eve, Decision::Ban { remove_messages: true }).await;
    store.decide(None, invited.id, Decision::SetRole(Role::Moderator), Line::default()).await.unwrap();
    for (number, by) in [(111, Some(root.id)), (112, None)] {
        let user = if number == 111 { cem.id } else { bob.id };
        store.make_reset(by, NewReset { user, key: key(number), expires_at: Millis(FAR) }).await.unwrap();
    }
    let settings =
        WorkspaceSettings { sign_up: Some(SignUp::Open), guests: Some(true), ..Default::default() };
    store.change_settings(Some(root.id), settings).await.unwrap();
    store.delete_account(gus.id, Confirmation::password(HASH), false).await.unwrap().unwrap();
    people.extend([invited, guest]);
    let (jobs, leased) = fill_jobs(subject).await;
    Filled {
        jobs,
        leased,
        root,
        people,
        rooms,
        sessions: (1..=5).chain([7]).map(key).collect(),
        invitations: vec![key(101), key(102)],
        resets: vec![key(111), key(112)],
        posted,
        made: (made, name, "make".into()),
    }
}

/// Jobs: one that waits, one that was given up, one that failed and waits, and one that somebody has.
async fn fill_jobs(subject: &Subject) -> (Vec<JobId>, (JobId, Lease)) {
    let store = &subject.store;
    let mut jobs = Vec::new();
    let mut leased = None;
    for (number, word) in ["waits", "dead", "failed", "leased"].into_iter().enumerate() {
        let bytes = (0..5_000 * number).map(|byte| byte as u8).collect();
        let most_tries = if word == "dead" { 1 } else { 5 };
        let new = NewJob { body: JobBody::new(bytes).unwrap(), most_tries, ..job(word) };
        jobs.push(new.id);
        store.ask_for(new).await.unwrap();
        if word == "waits" {
            continue;
        }
        let lasting = Duration::from_secs(3_600);
        let mine = store.lease_jobs(&[kind(word)], 1, lasting).await.unwrap().remove(0);
        if word == "leased" {
            leased = Some((mine.job.id, mine.lease));
        } else {
            store.fail_job(mine.job.id, mine.lease, "„bad“ \0 \n 🎉").await.unwrap();
        }
    }
    (jobs, leased.unwrap())
}
