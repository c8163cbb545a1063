use super::*;
use crate::transfer::tables::TABLES;

fn column(table: &str, name: &str) -> Column {
    let table = TABLES.iter().find(|known| known.name == table).unwrap();
    *table.columns.iter().find(|column| column.name == name).unwrap()
}

fn row(columns: &[Column], values: &[ValueRef<'_>]) -> Result<Vec<u8>, Misfit> {
    let mut row = Row::default();
    row.begin(values.len());
    for (column, value) in columns.iter().zip(values) {
        row.add(column, *value)?;
    }
    Ok(row.as_bytes().to_vec())
}

#[test]
fn rows_are_found_however_they_are_cut_up() {
    let text = column("message", "text");
    let rows: Vec<Vec<u8>> = ["", "a", "bb\n", "ccc".repeat(50).as_str()]
        .iter()
        .map(|value| row(&[text, text], &[ValueRef::Text(value.as_bytes()), ValueRef::Null]).unwrap())
        .collect();
    let mut chunk = Chunk::with_capacity(10);
    for row in &rows {
        chunk.add(row);
    }
    assert_eq!((chunk.rows, chunk.len()), (4, 19 + rows.concat().len()));
    let all = chunk.finish();
    for piece in 1..all.len() {
        let mut reader = Reader::default();
        let mut found = Vec::new();
        for bytes in all.chunks(piece) {
            assert!(!reader.is_ended());
            reader.push(bytes, |row| found.push(row.to_vec()));
        }
        assert!(reader.is_ended());
        assert_eq!(found, rows, "in pieces of {piece}");
    }
}

#[test]
fn what_does_not_fit_is_told() {
    let (id, small) = (column("message", "room"), column("message", "kind"));
    let (text, number) = (column("user", "name"), column("user", "at"));
    for (column, value, told) in [
        (id, ValueRef::Blob(&[1; 15]), "an id that does not have 16 bytes in the column room"),
        (id, ValueRef::Text(b"x"), "a value of the type Text in the column room"),
        (small, ValueRef::Integer(32_768), "the number 32768 in the column kind"),
        (text, ValueRef::Text(b"a\0"), "a text with the character 0 in the column name"),
        (text, ValueRef::Text(b"\xff"), "a text that is not UTF-8 in the column name"),
        (number, ValueRef::Null, "a value of the type Null in the column at"),
        (number, ValueRef::Real(1.0), "a value of the type Real in the column at"),
    ] {
        assert_eq!(row(&[column], &[value]), Err(Misfit(told.into())));
    }
    row(&[small, id], &[ValueRef::Integer(-32_768), ValueRef::Blob(&[1; 16])]).unwrap();
}

#[test]
fn a_row_is_shown_by_its_key() {
    let key = [column("member", "room"), column("audit", "id"), column("session", "key")];
    let values = [ValueRef::Blob(&[0x11; 16]), ValueRef::Integer(-3), ValueRef::Blob(&[0xab; 16])];
    assert_eq!(
        shown(&key, &values),
        "11111111-1111-1111-1111-111111111111, -3, abababababababababababababababab"
    );
}
