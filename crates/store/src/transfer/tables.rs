//! What there is to copy: every table, with the columns that it has on both sides.

#[cfg(test)]
mod tests;

/// What a column holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// 16 bytes: an id.
    Id,
    /// 64 bits.
    Integer,
    /// 16 bits in PostgreSQL.
    Small,
    /// Characters, but for 0.
    Text,
    /// Any bytes.
    Bytes,
}

/// A column.
#[derive(Clone, Copy, Debug)]
pub(super) struct Column {
    /// Its name in PostgreSQL.
    pub(super) name: &'static str,
    pub(super) kind: Kind,
    /// Whether there may be no value.
    pub(super) is_optional: bool,
    /// What it is in SQLite, where that is not the column of the same name.
    from: Option<&'static str>,
}

impl Column {
    const fn new(name: &'static str, kind: Kind) -> Self {
        Self { name, kind, is_optional: false, from: None }
    }

    const fn or_null(self) -> Self {
        Self { is_optional: true, ..self }
    }

    const fn from(self, expression: &'static str) -> Self {
        Self { from: Some(expression), ..self }
    }
}

const fn id(name: &'static str) -> Column {
    Column::new(name, Kind::Id)
}

const fn integer(name: &'static str) -> Column {
    Column::new(name, Kind::Integer)
}

const fn small(name: &'static str) -> Column {
    Column::new(name, Kind::Small)
}

const fn text(name: &'static str) -> Column {
    Column::new(name, Kind::Text)
}

const fn bytes(name: &'static str) -> Column {
    Column::new(name, Kind::Bytes)
}

/// A table.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    /// How many columns are its key: the first ones. Both databases order them alike, byte by byte.
    pub(super) key: usize,
    pub(super) columns: &'static [Column],
}

const fn table(name: &'static str, key: usize, columns: &'static [Column]) -> Table {
    Table { name, key, columns }
}

/// Where there are no columns of these names in SQLite: see [`nonces`](super::nonces).
pub(super) const NONCES: &str = "nonce";

/// All tables but `meta`, and `node`, which says who runs now, in the order in which they are copied, the large ones last.
pub(super) const TABLES: &[Table] = &[
    table("stream", 1, &[id("id"), integer("head"), integer("floor"), integer("last_at"), small("kind")]),
    table(
        "user",
        1,
        &[
            id("id"),
            integer("at"),
            integer("muted_until"),
            integer("avatar"),
            small("role"),
            small("standing"),
            text("name"),
            text("sort_key"),
            text("status"),
            text("password_hash"),
        ],
    ),
    table("user_look", 1, &[text("look"), id("user")]),
    table("user_search", 2, &[text("key"), id("user")]),
    table(
        "session",
        1,
        &[
            bytes("key"),
            id("user"),
            integer("at"),
            integer("used_at"),
            integer("expires_at"),
            integer("ends_at"),
            integer("scopes").or_null(),
            text("device"),
            text("address"),
            text("name"),
        ],
    ),
    table(
        "room",
        1,
        &[
            id("id"),
            id("maker").or_null(),
            integer("at"),
            integer("rev"),
            integer("members"),
            integer("keep_days").or_null(),
            integer("next_days").or_null(),
            integer("next_from").or_null(),
            integer("history_from"),
            small("kind"),
            small("maker_owns"),
            text("name"),
            text("sort_key"),
            bytes("people").or_null(),
        ],
    ),
    table("room_look", 1, &[text("look"), id("room")]),
    table("room_search", 2, &[text("key"), id("room")]),
    table("direct", 1, &[bytes("key"), id("room")]),
    table("member", 2, &[id("room"), id("user"), integer("since"), integer("at"), small("role")]),
    table(
        "invitation",
        1,
        &[
            id("id"),
            id("maker"),
            integer("at"),
            integer("expires_at"),
            integer("uses"),
            integer("most_uses"),
            integer("revoked_at").or_null(),
            bytes("key"),
            text("note"),
        ],
    ),
    table("reset", 1, &[id("user"), id("maker").or_null(), integer("expires_at"), bytes("key")]),
    table(
        "pending",
        1,
        &[bytes("key"), integer("tries"), integer("expires_at"), text("purpose"), bytes("body")],
    ),
    table("identity", 2, &[text("issuer"), text("subject"), id("user"), integer("at"), text("name")]),
    table("authenticator", 1, &[id("user"), integer("at"), integer("last_step"), bytes("secret")]),
    table("recovery_code", 2, &[id("user"), bytes("hash")]),
    table("signing_key", 1, &[id("id"), integer("at"), bytes("secret")]),
    table(
        "avatar",
        1,
        &[id("user"), integer("version"), integer("thumbnail_of"), bytes("bytes"), bytes("thumbnail")],
    ),
    table(
        "audit",
        1,
        &[
            integer("id"),
            integer("at"),
            id("actor").or_null(),
            id("target").or_null(),
            id("room").or_null(),
            text("action"),
            text("detail"),
        ],
    ),
    table("purge", 1, &[id("user"), integer("at")]),
    table("retention", 1, &[id("room"), integer("due_at")]),
    table("search_room", 1, &[id("room"), integer("below"), integer("due_at").or_null()]),
    table("search_word", 3, &[id("room"), integer("chunk"), text("word"), bytes("places")]),
    table(
        "job",
        1,
        &[
            id("id"),
            id("lease").or_null(),
            integer("asked_at"),
            integer("due_at"),
            integer("version"),
            integer("tries"),
            integer("most_tries"),
            small("state"),
            text("kind"),
            bytes("body"),
            text("failures"),
        ],
    ),
    table(
        "message",
        2,
        &[
            id("room"),
            integer("seq"),
            id("author"),
            id("about").or_null(),
            integer("rev"),
            integer("at"),
            integer("edited_at").or_null(),
            integer("deleted_at").or_null(),
            small("kind"),
            text("text").or_null(),
        ],
    ),
    table(
        "change",
        2,
        &[
            id("stream"),
            integer("rev"),
            integer("seq").or_null().from("iif(typeof(target) = 'blob', NULL, target)"),
            id("target").or_null().from("iif(typeof(target) = 'blob', target, NULL)"),
            small("kind"),
        ],
    ),
    table(
        NONCES,
        2,
        &[id("scope"), id("key"), integer("digest"), integer("rev"), integer("at"), id("target").or_null()],
    ),
];

impl Table {
    /// Its rows in SQLite in the order of their keys, or those after the key that is given with the parameters.
    pub(super) fn select(&self, is_after: bool) -> String {
        let columns = self.columns.iter().map(|column| match column.from {
            Some(expression) => expression.to_owned(),
            None => quoted(column.name),
        });
        let columns = columns.collect::<Vec<_>>().join(", ");
        let (name, key, filter) = (self.name, self.key_columns(), self.filter(is_after));
        format!(r#"SELECT {columns} FROM "{name}"{filter} ORDER BY {key}"#)
    }

    /// How many that are.
    pub(super) fn count(&self, is_after: bool) -> String {
        format!(r#"SELECT count(*) FROM "{}"{}"#, self.name, self.filter(is_after))
    }

    fn filter(&self, is_after: bool) -> String {
        if !is_after {
            return String::new();
        }
        let places = vec!["?"; self.key].join(", ");
        format!(" WHERE ({}) > ({places})", self.key_columns())
    }

    /// Takes rows into PostgreSQL.
    pub(super) fn copy_in(&self) -> String {
        format!(r#"COPY "{}" ({}) FROM STDIN (FORMAT binary)"#, self.name, self.all_columns())
    }

    /// Gives the rows in PostgreSQL in the order of their keys.
    pub(super) fn copy_out(&self) -> String {
        let (name, columns, key) = (self.name, self.all_columns(), self.key_columns());
        format!(r#"COPY (SELECT {columns} FROM "{name}" ORDER BY {key}) TO STDOUT (FORMAT binary)"#)
    }

    /// Asks PostgreSQL for the last key.
    pub(super) fn last(&self) -> String {
        let key: Vec<String> = self.key_names().collect();
        let backwards: Vec<String> = key.iter().map(|column| format!("{column} DESC")).collect();
        let (key, backwards) = (key.join(", "), backwards.join(", "));
        format!(r#"SELECT {key} FROM "{}" ORDER BY {backwards} LIMIT 1"#, self.name)
    }

    fn key_columns(&self) -> String {
        self.key_names().collect::<Vec<_>>().join(", ")
    }

    fn key_names(&self) -> impl Iterator<Item = String> {
        self.columns.iter().take(self.key).map(|column| quoted(column.name))
    }

    fn all_columns(&self) -> String {
        self.columns.iter().map(|column| quoted(column.name)).collect::<Vec<_>>().join(", ")
    }
}

fn quoted(name: &str) -> String {
    format!(r#""{name}""#)
}
