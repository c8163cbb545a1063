//! What messages are found by: their words, folded.
//!
//! Both databases are given these words and nothing else, so that they find the same. A text and what is looked for are
//! folded by the same rules: NFKC, without case and without accents. A word is what stands between anything that is
//! neither letter, digit nor mark. Scripts that put no spaces between words have no such places: there each character is a
//! word, so that whatever stands in a text can be found by its characters.

use std::collections::BTreeSet;

use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::{decompose_canonical, is_combining_mark};

use crate::refusal::Refusal;

#[cfg(test)]
mod tests;

/// Most characters (Unicode scalar values) of a word that count; what comes after them does not.
pub const WORD_CHARS: usize = 64;
/// Most words that are looked for; what comes after them is not.
pub const QUERY_WORDS: usize = 8;

/// Most characters of what is looked for that are read at all: as many as [`QUERY_WORDS`] can have, and spaces.
const QUERY_CHARS: usize = 2 * QUERY_WORDS * WORD_CHARS;
/// How often something is folded at most until it stays as it is; twice has been enough for all that there is.
const FOLDS: usize = 4;

/// The words of a text, each once, in the order of their bytes. None is empty.
pub fn words(text: &str) -> BTreeSet<String> {
    let mut words = BTreeSet::new();
    each_word(text, &mut |word| {
        if !words.contains(word) {
            words.insert(word.to_owned());
        }
        true
    });
    words
}

/// What is looked for: 1 to [`QUERY_WORDS`] words, of which the last may be the beginning of one.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Query {
    whole: Vec<String>,
    beginning: String,
}

impl Query {
    /// Takes what somebody wants to find apart.
    ///
    /// # Errors
    /// [`Refusal::SearchEmpty`] if there is no word in it.
    pub fn parse(text: &str) -> Result<Self, Refusal> {
        let end = text.char_indices().nth(QUERY_CHARS).map_or(text.len(), |(end, _)| end);
        let mut found = Vec::new();
        each_word(text.get(..end).unwrap_or(text), &mut |word| {
            found.push(word.to_owned());
            found.len() < QUERY_WORDS
        });
        let beginning = found.pop().ok_or(Refusal::SearchEmpty)?;
        let mut whole: Vec<String> = Vec::with_capacity(found.len());
        for word in found {
            if !whole.contains(&word) {
                whole.push(word);
            }
        }
        Ok(Self { whole, beginning })
    }

    /// The words that a text must have as they are, each once, in the order in which they were given.
    pub fn whole(&self) -> &[String] {
        &self.whole
    }

    /// What one of its words must begin with.
    pub fn beginning(&self) -> &str {
        &self.beginning
    }

    /// Whether a text is found by it.
    pub fn matches(&self, text: &str) -> bool {
        // As many as there may be words fit into a number, bit by bit; the last bit is for the beginning.
        let all = (1_u32 << (self.whole.len() + 1)) - 1;
        let mut seen = 0_u32;
        each_word(text, &mut |word| {
            for (number, whole) in self.whole.iter().enumerate() {
                if whole == word {
                    seen |= 1 << number;
                }
            }
            if word.starts_with(&self.beginning) {
                seen |= 1 << self.whole.len();
            }
            seen != all
        });
        seen == all
    }
}

/// Hands each word of a text to `take`, in order, as often as it stands there, until `take` says that it is enough.
fn each_word(text: &str, take: &mut dyn FnMut(&str) -> bool) {
    // Folding knows nothing of what stands beyond such a character, and most texts are done with that.
    for part in text.split(|c: char| c.is_ascii() && !c.is_ascii_alphanumeric()) {
        let more = if part.is_ascii() {
            part.is_empty() || take(cut(&part.to_ascii_lowercase()))
        } else {
            each_folded(&fold(part), take)
        };
        if !more {
            return;
        }
    }
}

/// The same of a text that is folded. Says whether `take` wants more.
fn each_folded(text: &str, take: &mut dyn FnMut(&str) -> bool) -> bool {
    let mut word = Word::default();
    for c in text.chars() {
        let (is_letter, is_mark) = (c.is_alphanumeric(), is_combining_mark(c));
        // A mark belongs to what stands before it.
        let begins_anew = !is_mark && (!is_letter || is_alone(c) || word.is_alone);
        if begins_anew && !word.end(take) {
            return false;
        }
        if is_letter || is_mark {
            word.add(c, is_letter);
        }
    }
    word.end(take)
}

/// A word that is being read.
#[derive(Default)]
struct Word {
    text: String,
    /// It has something beside marks.
    has_letter: bool,
    /// It has one character, and marks.
    is_alone: bool,
}

impl Word {
    fn add(&mut self, c: char, is_letter: bool) {
        self.is_alone |= is_alone(c);
        self.has_letter |= is_letter;
        self.text.push(c);
    }

    fn end(&mut self, take: &mut dyn FnMut(&str) -> bool) -> bool {
        let more = !self.has_letter || take(cut(&self.text));
        self.text.clear();
        (self.has_letter, self.is_alone) = (false, false);
        more
    }
}

/// As much of a word as counts.
fn cut(word: &str) -> &str {
    let end = word.char_indices().nth(WORD_CHARS).map_or(word.len(), |(end, _)| end);
    word.get(..end).unwrap_or(word)
}

/// Puts case and accents away.
fn fold(text: &str) -> String {
    let mut folded = text.to_owned();
    // Upper case may bring something back that NFKC had taken apart.
    for _ in 0..FOLDS {
        let next = fold_once(&folded);
        if next == folded {
            break;
        }
        folded = next;
    }
    folded
}

/// Case by way of upper case, which also joins `ß` with `SS`; character by character, since a sigma at the end of a word
/// must not be another than one in the middle.
fn fold_once(text: &str) -> String {
    let without_case = text.nfkc().flat_map(char::to_uppercase).flat_map(char::to_lowercase);
    let mut bare = String::with_capacity(text.len());
    for c in without_case {
        decompose_canonical(c, |c| match c {
            _ if is_passed_over(c) => {}
            'ø' => bare.push('o'),
            'ł' => bare.push('l'),
            'đ' => bare.push('d'),
            'ħ' => bare.push('h'),
            'æ' => bare.push_str("ae"),
            'œ' => bare.push_str("oe"),
            _ => bare.push(c),
        });
    }
    bare.nfkc().collect()
}

/// Marks that many leave out who write the same word, and what cannot be seen. Vowel signs of Indian scripts and the
/// voiced marks of Japanese are not among them: they make another word.
fn is_passed_over(c: char) -> bool {
    matches!(c,
        // Accents of Latin, Greek and Cyrillic letters, and marks around symbols.
        '\u{0300}'..='\u{036F}' | '\u{0483}'..='\u{0489}' | '\u{1AB0}'..='\u{1AFF}' | '\u{1DC0}'..='\u{1DFF}'
        | '\u{20D0}'..='\u{20FF}' | '\u{FE20}'..='\u{FE2F}'
        // Points of Hebrew; vowels, hamza and madda of Arabic, and its stretched line.
        | '\u{0591}'..='\u{05BD}' | '\u{05BF}' | '\u{05C1}'..='\u{05C2}' | '\u{05C4}'..='\u{05C5}' | '\u{05C7}'
        | '\u{0610}'..='\u{061A}' | '\u{0640}' | '\u{064B}'..='\u{065F}' | '\u{0670}' | '\u{06D6}'..='\u{06DC}'
        // Where a word may be broken, and how a character is to look.
        | '\u{00AD}' | '\u{180B}'..='\u{180F}' | '\u{FE00}'..='\u{FE0F}' | '\u{E0100}'..='\u{E01EF}')
}

/// Characters of scripts that put no spaces between words.
fn is_alone(c: char) -> bool {
    matches!(c,
        // Thai and Lao, Burmese, Khmer.
        '\u{0E00}'..='\u{0EFF}' | '\u{1000}'..='\u{109F}' | '\u{1780}'..='\u{17FF}' | '\u{A9E0}'..='\u{A9FF}'
        | '\u{AA60}'..='\u{AA7F}'
        // Han, with its marks of repetition; Hiragana, Katakana.
        | '\u{2E80}'..='\u{2FDF}' | '\u{3005}'..='\u{3007}' | '\u{3021}'..='\u{3029}' | '\u{3031}'..='\u{3035}'
        | '\u{3038}'..='\u{303C}' | '\u{3041}'..='\u{30FF}' | '\u{31F0}'..='\u{31FF}' | '\u{3400}'..='\u{4DBF}'
        | '\u{4E00}'..='\u{9FFF}' | '\u{F900}'..='\u{FAFF}' | '\u{1B000}'..='\u{1B16F}' | '\u{20000}'..='\u{3FFFF}')
}
