//! Reads MessagePack (the specification's "Formats") value by value.

/// What begins a value; of arrays and maps, the values within follow.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Head<'a> {
    Nil,
    Bool(bool),
    Unsigned(u64),
    Signed(i64),
    Float(f64),
    /// Not checked to be UTF-8.
    Text(&'a [u8]),
    Binary(&'a [u8]),
    /// With so many values.
    Array(u32),
    /// With so many keys and as many values.
    Map(u32),
    Extension {
        kind: i8,
        data: &'a [u8],
        /// Whether it was written as one of a fixed length. The original tells its own types apart by that.
        fixed: bool,
    },
}

/// Reads from the front of bytes. `None` everywhere is: these are not MessagePack.
#[derive(Clone)]
pub(super) struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    pub(super) fn new(bytes: &'a [u8]) -> Self {
        Self { rest: bytes }
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// Whether what comes next is `true`.
    pub(super) fn before_true(&self) -> bool {
        self.rest.first() == Some(&0xc3)
    }

    pub(super) fn head(&mut self) -> Option<Head<'a>> {
        let [first] = self.chunk()?;
        Some(match first {
            0x00..=0x7f => Head::Unsigned(first.into()),
            0x80..=0x8f => Head::Map((first & 0x0f).into()),
            0x90..=0x9f => Head::Array((first & 0x0f).into()),
            0xa0..=0xbf => Head::Text(self.bytes((first & 0x1f).into())?),
            0xc0 => Head::Nil,
            0xc1 => return None,
            0xc2 => Head::Bool(false),
            0xc3 => Head::Bool(true),
            0xc4..=0xc6 => {
                let length = self.length(first - 0xc4)?;
                Head::Binary(self.bytes(length)?)
            }
            0xc7..=0xc9 => {
                let length = self.length(first - 0xc7)?;
                self.extension(length, false)?
            }
            0xca => Head::Float(f32::from_be_bytes(self.chunk()?).into()),
            0xcb => Head::Float(f64::from_be_bytes(self.chunk()?)),
            0xcc => Head::Unsigned(u8::from_be_bytes(self.chunk()?).into()),
            0xcd => Head::Unsigned(u16::from_be_bytes(self.chunk()?).into()),
            0xce => Head::Unsigned(u32::from_be_bytes(self.chunk()?).into()),
            0xcf => Head::Unsigned(u64::from_be_bytes(self.chunk()?)),
            0xd0 => Head::Signed(i8::from_be_bytes(self.chunk()?).into()),
            0xd1 => Head::Signed(i16::from_be_bytes(self.chunk()?).into()),
            0xd2 => Head::Signed(i32::from_be_bytes(self.chunk()?).into()),
            0xd3 => Head::Signed(i64::from_be_bytes(self.chunk()?)),
            0xd4..=0xd8 => self.extension(1 << (first - 0xd4), true)?,
            0xd9..=0xdb => {
                let length = self.length(first - 0xd9)?;
                Head::Text(self.bytes(length)?)
            }
            0xdc => Head::Array(u16::from_be_bytes(self.chunk()?).into()),
            0xdd => Head::Array(u32::from_be_bytes(self.chunk()?)),
            0xde => Head::Map(u16::from_be_bytes(self.chunk()?).into()),
            0xdf => Head::Map(u32::from_be_bytes(self.chunk()?)),
            0xe0.. => Head::Signed((first as i8).into()),
        })
    }

    /// Reads over a value, however deep, and returns its bytes.
    pub(super) fn skip(&mut self) -> Option<&'a [u8]> {
        let start = self.rest;
        // How many values are still to be read. Each takes a byte, so this ends.
        let mut due = 1_u64;
        while due > 0 {
            due -= 1;
            let within = match self.head()? {
                Head::Array(length) => u64::from(length),
                Head::Map(length) => 2 * u64::from(length),
                _ => 0,
            };
            due = due.saturating_add(within);
        }
        start.get(..start.len() - self.rest.len())
    }

    /// A length of one, two or four bytes.
    fn length(&mut self, size: u8) -> Option<usize> {
        let length = match size {
            0 => u8::from_be_bytes(self.chunk()?).into(),
            1 => u16::from_be_bytes(self.chunk()?).into(),
            _ => u32::from_be_bytes(self.chunk()?),
        };
        usize::try_from(length).ok()
    }

    fn extension(&mut self, length: usize, fixed: bool) -> Option<Head<'a>> {
        let kind = i8::from_be_bytes(self.chunk()?);
        Some(Head::Extension { kind, data: self.bytes(length)?, fixed })
    }

    fn bytes(&mut self, length: usize) -> Option<&'a [u8]> {
        let (bytes, rest) = self.rest.split_at_checked(length)?;
        self.rest = rest;
        Some(bytes)
    }

    fn chunk<const N: usize>(&mut self) -> Option<[u8; N]> {
        let (chunk, rest) = self.rest.split_first_chunk()?;
        self.rest = rest;
        Some(*chunk)
    }
}
