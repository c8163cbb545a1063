//! What somebody probably meant.

/// The one of `known` that is most like `word`; hyphens, underscores and capitals make no difference.
pub(super) fn nearest(word: &str, known: impl IntoIterator<Item = String>) -> String {
    let plain = |text: &str| text.to_lowercase().replace('_', "-");
    let word = plain(word);
    let likeness = |name: &String| {
        let name = plain(name);
        // A key of a table is often written without the table.
        let key = name.rsplit('.').next().map_or(0.0, |key| strsim::jaro_winkler(&word, key));
        strsim::jaro_winkler(&word, &name).max(key * 0.99)
    };
    let best = known.into_iter().max_by(|one, other| likeness(one).total_cmp(&likeness(other)));
    best.unwrap_or_default()
}
