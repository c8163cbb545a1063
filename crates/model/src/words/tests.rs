use proptest::prelude::*;

use super::*;

fn all(text: &str) -> Vec<String> {
    words(text).into_iter().collect()
}

fn finds(query: &str, text: &str) -> bool {
    Query::parse(query).unwrap().matches(text)
}

#[test]
fn a_text_is_taken_apart_into_folded_words() {
    for (text, wanted) in [
        ("", vec![]),
        ("¡…! 🎉 ❤\u{FE0F} -- \u{301}", vec![]),
        ("The cat, the CAT & the hat", vec!["cat", "hat", "the"]),
        ("don't e-mail 3.14", vec!["14", "3", "don", "e", "mail", "t"]),
        ("Café Cafe\u{301} CAFÉ", vec!["cafe"]),
        ("Straße STRASSE", vec!["strasse"]),
        ("Ærø Łódź Đorđe İstanbul ILIK", vec!["aero", "dorde", "ilik", "istanbul", "lodz"]),
        ("ΟΔΟΣ οδός", vec!["οδοσ"]),
        ("ёлка Ёлка", vec!["елка"]),
        ("ﬁn ｆｕｌｌ １２", vec!["12", "fin", "full"]),
        ("Donau\u{AD}dampf", vec!["donaudampf"]),
        ("שָׁלוֹם", vec!["שלום"]),
        ("مُحَمَّد أحمد", vec!["احمد", "محمد"]),
        ("हिन्दी में", vec!["में", "हिन्दी"]),
        ("日本語です", vec!["す", "で", "日", "本", "語"]),
        ("abc日本def", vec!["abc", "def", "日", "本"]),
        ("ﾃﾞｰﾀ", vec!["タ", "デ", "ー"]),
        ("ที่นี่", vec!["ที่", "นี่"]),
        ("한국어 한국어", vec!["한국어"]),
        ("a\nb\tc\u{A0}d\u{200B}e", vec!["a", "b", "c", "d", "e"]),
    ] {
        assert_eq!(all(text), wanted, "{text:?}");
    }
}

#[test]
fn a_long_word_counts_up_to_its_limit() {
    let long = "ü".repeat(1_000);
    assert_eq!(all(&long), ["u".repeat(WORD_CHARS)]);
    assert_eq!(all(&"x".repeat(1_000)), ["x".repeat(WORD_CHARS)]);
    assert!(finds(&long, &long));
    assert!(finds(&"x".repeat(WORD_CHARS + 9), &"X".repeat(1_000)));
}

#[test]
fn every_word_is_looked_for_and_the_last_may_be_a_beginning() {
    let text = "The Café in the Rue d'Été";
    for query in ["cafe", "CAF", "rue cafe", "ete the caf", "d", "the the the", " é "] {
        assert!(finds(query, text), "{query:?}");
    }
    for query in ["afe", "caf rue", "the cat", "the the rues", "tea"] {
        assert!(!finds(query, text), "{query:?}");
    }
    let query = Query::parse("b A b c").unwrap();
    assert_eq!((query.whole(), query.beginning()), (&["b".to_owned(), "a".to_owned()][..], "c"));
}

#[test]
fn so_many_words_are_looked_for_and_no_more() {
    let query = Query::parse("1 2 3 4 5 6 7 8 9 10").unwrap();
    assert_eq!((query.whole().len(), query.beginning()), (QUERY_WORDS - 1, "8"));
    assert!(query.matches("8 7 6 5 4 3 2 1") && !query.matches("7 6 5 4 3 2 1"));
    Query::parse(&"word ".repeat(1_000_000)).unwrap();
}

#[test]
fn where_there_is_no_word_nothing_is_looked_for() {
    for text in ["", "  \n", "?!", "🎉", "\u{301}"] {
        assert_eq!(Query::parse(text), Err(Refusal::SearchEmpty), "{text:?}");
    }
    // What comes first has to have one: so far nobody reads.
    assert_eq!(Query::parse(&("-".repeat(10_000) + "word")), Err(Refusal::SearchEmpty));
}

proptest! {
    #[test]
    fn folding_is_done_once(text in "\\PC{0,40}") {
        let folded = fold(&text);
        prop_assert_eq!(fold(&folded), folded);
    }

    #[test]
    fn a_word_is_its_own_only_word(text in "\\PC{0,60}") {
        for word in words(&text) {
            prop_assert!(word.chars().count() <= WORD_CHARS && !word.is_empty());
            prop_assert_eq!(words(&word), BTreeSet::from([word]));
        }
    }

    #[test]
    fn a_text_is_found_by_each_of_its_words_and_by_each_beginning_of_one(text in "\\PC{0,60}") {
        for word in words(&text) {
            for chars in 1..=word.chars().count() {
                let beginning: String = word.chars().take(chars).collect();
                // A mark alone is no word.
                if let Ok(query) = Query::parse(&beginning) {
                    prop_assert!(query.matches(&text), "{beginning:?} in {text:?}");
                }
            }
        }
    }

    #[test]
    fn a_text_is_found_by_what_stands_in_it(text in "[a-zA-ZäßÉéñ日本カ한ไทย0-9 .,]{1,60}") {
        for part in text.split(' ') {
            if let Ok(query) = Query::parse(part) {
                prop_assert!(query.matches(&text), "{part:?} in {text:?}");
            }
        }
    }

    #[test]
    fn what_matches_is_what_the_words_say(text in "[abc é日]{0,20}", query in "[abc é日]{0,8}") {
        if let Ok(query) = Query::parse(&query) {
            let words = words(&text);
            let has = query.whole().iter().all(|word| words.contains(word))
                && words.iter().any(|word| word.starts_with(query.beginning()));
            prop_assert_eq!(query.matches(&text), has);
        }
    }
}
