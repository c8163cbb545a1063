//! Checks JSON (RFC 8259) without building anything: is it well-formed, how deep is it, where do values end.

/// Depth is counted in the bits of a `u128`.
pub(super) const MAX_DEPTH: u32 = 127;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Fault {
    Malformed,
    TooDeep,
}

/// Reads values from the front of a text that is known to be UTF-8.
#[derive(Clone)]
pub(super) struct Scanner<'a> {
    rest: &'a [u8],
    length: usize,
}

impl<'a> Scanner<'a> {
    pub(super) fn new(text: &'a [u8]) -> Self {
        Self { rest: text, length: text.len() }
    }

    /// How much has been read.
    pub(super) fn position(&self) -> usize {
        self.length - self.rest.len()
    }

    pub(super) fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    pub(super) fn space(&mut self) {
        while let Some((b' ' | b'\t' | b'\n' | b'\r', rest)) = self.rest.split_first() {
            self.rest = rest;
        }
    }

    pub(super) fn eat(&mut self, byte: u8) -> bool {
        match self.rest.split_first() {
            Some((first, rest)) if *first == byte => {
                self.rest = rest;
                true
            }
            _ => false,
        }
    }

    fn next(&mut self) -> Result<u8, Fault> {
        let (first, rest) = self.rest.split_first().ok_or(Fault::Malformed)?;
        self.rest = rest;
        Ok(*first)
    }

    /// Reads one value that is at most `max_depth` arrays and objects deep.
    pub(super) fn value(&mut self, max_depth: u32) -> Result<(), Fault> {
        // Bit n: whether the container at depth n + 1 is an object.
        let mut objects = 0_u128;
        let mut depth = 0_u32;
        let max_depth = max_depth.min(MAX_DEPTH);
        'value: loop {
            self.space();
            match self.next()? {
                open @ (b'{' | b'[') => {
                    if depth == max_depth {
                        return Err(Fault::TooDeep);
                    }
                    let object = open == b'{';
                    objects = objects & !(1 << depth) | u128::from(object) << depth;
                    depth += 1;
                    self.space();
                    if self.eat(if object { b'}' } else { b']' }) {
                        depth -= 1;
                    } else {
                        if object {
                            self.key()?;
                        }
                        continue 'value;
                    }
                }
                b'"' => self.string()?,
                b't' => self.literal(b"rue")?,
                b'f' => self.literal(b"alse")?,
                b'n' => self.literal(b"ull")?,
                first @ (b'-' | b'0'..=b'9') => self.number(first)?,
                _ => return Err(Fault::Malformed),
            }
            while depth > 0 {
                self.space();
                let object = objects >> (depth - 1) & 1 == 1;
                match (self.next()?, object) {
                    (b',', true) => {
                        self.space();
                        self.key()?;
                        continue 'value;
                    }
                    (b',', false) => continue 'value,
                    (b'}', true) | (b']', false) => depth -= 1,
                    _ => return Err(Fault::Malformed),
                }
            }
            return Ok(());
        }
    }

    fn key(&mut self) -> Result<(), Fault> {
        if !self.eat(b'"') {
            return Err(Fault::Malformed);
        }
        self.string()?;
        self.space();
        if self.eat(b':') { Ok(()) } else { Err(Fault::Malformed) }
    }

    /// The rest of a string, after its opening quote.
    pub(super) fn string(&mut self) -> Result<(), Fault> {
        loop {
            let end = memchr::memchr2(b'"', b'\\', self.rest).ok_or(Fault::Malformed)?;
            let (plain, rest) = self.rest.split_at_checked(end).ok_or(Fault::Malformed)?;
            if plain.iter().any(|byte| *byte < 0x20) {
                return Err(Fault::Malformed);
            }
            self.rest = rest;
            if self.next()? == b'"' {
                return Ok(());
            }
            match self.next()? {
                b'"' | b'\\' | b'/' | b'b' | b'f' | b'n' | b'r' | b't' => {}
                b'u' => {
                    for _ in 0..4 {
                        if !self.next()?.is_ascii_hexdigit() {
                            return Err(Fault::Malformed);
                        }
                    }
                }
                _ => return Err(Fault::Malformed),
            }
        }
    }

    fn literal(&mut self, rest: &[u8]) -> Result<(), Fault> {
        self.rest = self.rest.strip_prefix(rest).ok_or(Fault::Malformed)?;
        Ok(())
    }

    fn digits(&mut self) -> usize {
        let count = self.rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
        self.rest = self.rest.get(count..).unwrap_or_default();
        count
    }

    /// The rest of a number, after its first character.
    pub(super) fn number(&mut self, first: u8) -> Result<(), Fault> {
        let first = if first == b'-' { self.next()? } else { first };
        match first {
            b'0' => {}
            b'1'..=b'9' => {
                self.digits();
            }
            _ => return Err(Fault::Malformed),
        }
        if self.eat(b'.') && self.digits() == 0 {
            return Err(Fault::Malformed);
        }
        if self.eat(b'e') || self.eat(b'E') {
            let _ = self.eat(b'+') || self.eat(b'-');
            if self.digits() == 0 {
                return Err(Fault::Malformed);
            }
        }
        Ok(())
    }
}
