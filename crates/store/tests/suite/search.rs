//! Searching a room.

use std::collections::BTreeMap;

use chinwag_model::{Line, MessageText, Query, Refusal, Rev, Role, RoomId, User};
use chinwag_store::{Decision, Edit, Search};
use uuid::Uuid;

use super::{Subject, post, refused};

/// Revisions in a chunk of the index.
const CHUNK: u64 = 1_024;

fn search(room: RoomId, by: &User, text: &str) -> Search {
    Search { room, by: by.id, query: Query::parse(text).unwrap(), before: None, limit: 50 }
}

/// Everything that is found, by pages of that size, with the place of each; and how many pages there were.
async fn found(
    subject: &Subject,
    room: RoomId,
    by: &User,
    text: &str,
    limit: usize,
) -> (Vec<(Rev, String)>, usize) {
    let (mut all, mut before, mut pages) = (Vec::new(), None, 0);
    loop {
        let page = subject.store.search(Search { before, limit, ..search(room, by, text) }).await.unwrap();
        assert!(page.messages.len() <= limit);
        all.extend(
            page.messages.iter().map(|message| (message.seq, message.text().expect("a text").to_owned())),
        );
        pages += 1;
        assert!(pages < 10_000, "the search comes to no end");
        assert!(page.before.is_none_or(|next| before.is_none_or(|before| next < before)), "it goes on");
        match page.before {
            Some(next) => before = Some(next),
            None => break,
        }
    }
    assert!(all.is_sorted_by(|one, other| one.0 > other.0), "the newest comes first, each once: {all:?}");
    (all, pages)
}

pub async fn texts(subject: &Subject, room: RoomId, by: &User, text: &str) -> Vec<String> {
    found(subject, room, by, text, 50).await.0.into_iter().map(|(_, text)| text).collect()
}

/// Posts many at once.
pub async fn post_all(
    subject: &Subject,
    room: RoomId,
    author: &User,
    texts: impl IntoIterator<Item = String>,
) {
    let texts: Vec<String> = texts.into_iter().collect();
    for some in texts.chunks(128) {
        let posts =
            some.iter().map(|text| subject.store.post(post(room, author, text, &Uuid::new_v4().to_string())));
        for posted in futures_util::future::join_all(posts).await {
            posted.unwrap();
        }
    }
}

/// Fills the room until its chunks up to this one are full, and has them indexed.
pub async fn fill(subject: &Subject, room: RoomId, author: &User, chunks: u64) {
    let left = (chunks * CHUNK).saturating_sub(subject.head(room).await.0 + 1);
    post_all(subject, room, author, (0..left).map(|number| format!("filling {number}"))).await;
    subject.index(room, chunks * CHUNK).await;
}

async fn edit(subject: &Subject, room: RoomId, seq: Rev, version: Rev, by: &User, text: &str) -> Rev {
    let text = MessageText::parse(text.into()).unwrap();
    subject.store.edit(Edit { room, seq, version, by: by.id, text }, None).await.unwrap()
}

pub async fn messages_are_found_by_their_words(subject: Subject) {
    let ann = subject.user("Ann").await;
    let (room, other) = (subject.room("Garden", &ann).await, subject.room("Cellar", &ann).await);
    for text in ["The roses bloom", "Ein Café in der STRASSE", "日本語のバラ", "Rosemary, and thyme"] {
        subject.post(room, &ann, text).await;
    }
    subject.post(other, &ann, "roses elsewhere").await;
    // While they are read, and once they are in the index.
    for is_indexed in [false, true] {
        if is_indexed {
            fill(&subject, room, &ann, 1).await;
        }
        for (text, wanted) in [
            ("roses", vec!["The roses bloom"]),
            ("ROSE", vec!["Rosemary, and thyme", "The roses bloom"]),
            ("roses the", vec!["The roses bloom"]),
            ("rose the", vec![]),
            ("bloom rose", vec!["The roses bloom"]),
            ("bloom thyme", vec![]),
            ("cafe straße", vec!["Ein Café in der STRASSE"]),
            ("CAFE\u{301}", vec!["Ein Café in der STRASSE"]),
            ("本", vec!["日本語のバラ"]),
            ("バラ 日本", vec!["日本語のバラ"]),
            ("oses", vec![]),
            ("Ann joined", vec![]),
        ] {
            assert_eq!(texts(&subject, room, &ann, text).await, wanted, "{text}, indexed: {is_indexed}");
        }
    }
    let message = subject.store.search(search(room, &ann, "roses")).await.unwrap().messages.remove(0);
    let page = subject.store.room_page(room, ann.id, Some(message.seq.next()), 1).await.unwrap();
    assert_eq!(page.messages, [message], "it is as a page of the room has it");
}

pub async fn what_is_found_comes_in_pages_newest_first(subject: Subject) {
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let said = (0..40).map(|number| format!("{} {number}", ["tea", "coffee"][number % 2]));
    post_all(&subject, room, &ann, said).await;
    for is_indexed in [false, true] {
        if is_indexed {
            fill(&subject, room, &ann, 1).await;
        }
        for limit in [1, 3, 20, 21] {
            let (tea, pages) = found(&subject, room, &ann, "tea", limit).await;
            assert_eq!((tea.len(), pages), (20, 20_usize.div_ceil(limit)), "indexed: {is_indexed}");
        }
    }
}

pub async fn what_was_deleted_or_edited_away_is_not_found(subject: Subject) {
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let mut seqs = Vec::new();
    for text in ["one apple", "two pears", "three plums", "four apples"] {
        seqs.push(subject.post(room, &ann, text).await);
    }
    let mut version = edit(&subject, room, seqs[0], seqs[0], &ann, "one quince").await;
    subject.store.delete(room, seqs[1], ann.id, None).await.unwrap();
    assert_eq!(texts(&subject, room, &ann, "apple").await, ["four apples"]);
    assert_eq!(texts(&subject, room, &ann, "quince").await, ["one quince"]);
    assert!(texts(&subject, room, &ann, "pears").await.is_empty());
    fill(&subject, room, &ann, 1).await;
    assert!(texts(&subject, room, &ann, "pears").await.is_empty());
    // The same of what is in the index.
    for text in ["one medlar", "one medlar tree", "only medlars"] {
        version = edit(&subject, room, seqs[0], version, &ann, text).await;
        assert_eq!(texts(&subject, room, &ann, "medlar").await, [text]);
        assert!(texts(&subject, room, &ann, "quince").await.is_empty());
    }
    assert!(texts(&subject, room, &ann, "tree").await.is_empty());
    assert_eq!(texts(&subject, room, &ann, "three plu").await, ["three plums"]);
    subject.store.delete(room, seqs[2], ann.id, None).await.unwrap();
    assert!(texts(&subject, room, &ann, "plums").await.is_empty());
}

pub async fn who_may_not_read_does_not_search(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let root = subject.try_user("Root", Role::Administrator).await.unwrap();
    let (open, closed) = (subject.room("Garden", &ann).await, subject.closed_room("Cellar", &ann).await);
    for room in [open, closed] {
        subject.post(room, &ann, "hello").await;
    }
    let look = async |room, by: &User| refused(subject.store.search(search(room, by, "hello")).await);
    for stranger in [&bob, &root] {
        assert_eq!(look(open, stranger).await, Refusal::NotAMember);
        assert_eq!(look(closed, stranger).await, Refusal::RoomUnknown);
        assert_eq!(look(RoomId(Uuid::now_v7()), stranger).await, Refusal::RoomUnknown);
    }
    subject.store.join(open, bob.id, None).await.unwrap();
    assert_eq!(texts(&subject, open, &bob, "hel").await, ["hello"]);
    subject.store.leave(open, bob.id, None).await.unwrap();
    assert_eq!(look(open, &bob).await, Refusal::NotAMember);
}

pub async fn what_somebody_wrote_is_not_found_once_it_was_taken_away(subject: Subject) {
    let (ann, bob) = (subject.user("Ann").await, subject.user("Bob").await);
    let room = subject.room("Garden", &ann).await;
    subject.store.join(room, bob.id, None).await.unwrap();
    post_all(&subject, room, &bob, (0..150).map(|number| format!("spam {number}"))).await;
    subject.post(room, &ann, "no spam here").await;
    fill(&subject, room, &ann, 1).await;
    post_all(&subject, room, &bob, (150..160).map(|number| format!("spam {number}"))).await;
    assert_eq!(texts(&subject, room, &ann, "spam").await.len(), 161);
    let ban = Decision::Ban { remove_messages: true };
    subject.store.decide(None, bob.id, ban, Line::default()).await.unwrap();
    while subject.store.purge_messages().await.unwrap().is_some() {}
    assert_eq!(texts(&subject, room, &ann, "spam").await, ["no spam here"]);
}

pub async fn a_long_history_is_searched_to_its_end(subject: Subject) {
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    subject.post(room, &ann, "a needle").await;
    post_all(&subject, room, &ann, (0..4_200).map(|number| format!("hay {number}"))).await;
    // One search reads only so much, and says where to go on.
    let first = subject.store.search(search(room, &ann, "needle")).await.unwrap();
    assert!(first.messages.is_empty() && first.before.is_some(), "{first:?}");
    let (needles, pages) = found(&subject, room, &ann, "needle", 50).await;
    assert_eq!((needles.len(), pages), (1, 2));
    // Half of it is in the index, then nearly all.
    for chunks in [2, 4] {
        fill(&subject, room, &ann, chunks).await;
        subject.post(room, &ann, "another needle").await;
        let (needles, pages) = found(&subject, room, &ann, "needle", 50).await;
        assert_eq!((needles.len() as u64, pages), (1 + chunks / 2, 1), "{chunks} chunks are indexed");
        let (hay, _) = found(&subject, room, &ann, "hay", 100).await;
        assert_eq!(hay.len(), 4_200);
        assert_eq!(texts(&subject, room, &ann, "hay 417").await.len(), 11);
    }
}

pub async fn words_beyond_number_are_found_all_the_same(subject: Subject) {
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    // More words with one beginning than one step writes down, and than one look-up takes.
    let many = (0..20).map(|message| {
        let words = (0..1_000).map(|word| format!("x{:x}", message * 1_000 + word));
        words.collect::<Vec<_>>().join(" ")
    });
    let many: Vec<String> = many.collect();
    post_all(&subject, room, &ann, many.clone()).await;
    fill(&subject, room, &ann, 2).await;
    let (all, _) = found(&subject, room, &ann, "x", 7).await;
    assert_eq!(all.len(), 20);
    for (number, text) in many.iter().enumerate() {
        let word = format!("x{:x}", number * 1_000 + 500);
        assert_eq!(texts(&subject, room, &ann, &format!("{word} x")).await, [text.as_str()]);
    }
}

/// Whatever is posted, edited, deleted and indexed: what is found is what reading everything finds.
pub async fn it_finds_what_reading_everything_finds(subject: Subject) {
    let seed = std::env::var("CHINWAG_SEED").ok().and_then(|seed| seed.parse().ok());
    let seed = seed.unwrap_or_else(|| Uuid::new_v4().as_u64_pair().0);
    eprintln!("CHINWAG_SEED={seed}");
    let mut random = Random(seed | 1);
    let ann = subject.user("Ann").await;
    let room = subject.room("Garden", &ann).await;
    let mut model: BTreeMap<Rev, (Rev, String)> = BTreeMap::new();
    for round in 0..5 {
        let said: Vec<String> = (0..450).map(|_| random.text()).collect();
        for some in said.chunks(90) {
            let posts = some.iter().map(|text| subject.store.post(post(room, &ann, text, &random.nonce())));
            let posts: Vec<_> = posts.collect();
            for (posted, text) in futures_util::future::join_all(posts).await.into_iter().zip(some) {
                let seq = posted.unwrap().seq;
                model.insert(seq, (seq, text.clone()));
            }
        }
        for _ in 0..60 {
            let seq = *model.keys().nth(random.below(model.len())).unwrap();
            if random.below(3) == 0 {
                subject.store.delete(room, seq, ann.id, None).await.unwrap();
                model.remove(&seq);
            } else {
                let (version, text) = (model[&seq].0, random.text());
                let version = edit(&subject, room, seq, version, &ann, &text).await;
                model.insert(seq, (version, text));
            }
        }
        // At times more is full than is indexed.
        if round % 2 == 1 {
            let full = (subject.head(room).await.0 + 1) / CHUNK;
            subject.index(room, full * CHUNK).await;
        }
        for _ in 0..25 {
            let text = random.query();
            let Ok(query) = Query::parse(&text) else { continue };
            let wanted = model.iter().rev().filter(|(_, (_, said))| query.matches(said));
            let wanted: Vec<_> = wanted.map(|(seq, (_, said))| (*seq, said.clone())).collect();
            let limit = 1 + random.below(100);
            assert_eq!(
                found(&subject, room, &ann, &text, limit).await.0,
                wanted,
                "{text:?} in round {round}"
            );
        }
    }
}

/// Numbers that follow from the first one.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        (self.0 % end as u64) as usize
    }

    fn nonce(&mut self) -> String {
        Uuid::new_v4().to_string()
    }

    /// A word, of which some are much more common than others.
    fn word(&mut self) -> String {
        const WORDS: [&str; 8] = ["the", "Tea", "café", "CAFES", "日本", "straße", "théâtre", "te"];
        let most = [2, 4, 8, 300][self.below(4)];
        match self.below(most) {
            known if known < WORDS.len() => WORDS[known].to_owned(),
            number => format!("w{number}"),
        }
    }

    fn text(&mut self) -> String {
        let words: Vec<String> = (0..1 + self.below(6)).map(|_| self.word()).collect();
        words.join([" ", ", ", "-"][self.below(3)])
    }

    fn query(&mut self) -> String {
        let text: Vec<String> = (0..1 + self.below(3)).map(|_| self.word()).collect();
        let text = text.join(" ");
        // As if somebody were still typing.
        let cut = self.below(3);
        text.chars().take(text.chars().count().saturating_sub(cut)).collect()
    }
}
