//! How much is measured.

#[cfg(test)]
mod tests;

/// What `cargo xtask bench engine` is told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Options {
    pub(super) rounds: u32,
    /// How long each run is loaded.
    pub(super) seconds: u32,
    /// A look in minutes: what takes long is shortened or left out.
    pub(super) quick: bool,
    /// These alone; everything if empty.
    only: Vec<String>,
    /// Whether the picture is drawn anew.
    pub(super) plot: bool,
}

impl Options {
    /// Reads arguments; `names` are those that can be picked, `drawn` those that the picture is of.
    pub(super) fn parse(arguments: &[String], names: &[&str], drawn: &[&str]) -> Result<Self, String> {
        let quick = arguments.iter().any(|argument| argument == "quick");
        let (rounds, seconds) = if quick { (1, 1) } else { (3, 4) };
        let mut options = Self { rounds, seconds, quick, only: Vec::new(), plot: false };
        for argument in arguments {
            let wrong = || {
                format!(
                    "\"{argument}\" is not one of rounds=N, seconds=N, quick, plot and only=NAME,NAME. The names: {}",
                    names.join(", ")
                )
            };
            let number = |text: &str| text.parse().ok().filter(|number: &u32| *number > 0).ok_or_else(wrong);
            match argument.split_once('=') {
                None if argument == "quick" => {}
                None if argument == "plot" => options.plot = true,
                Some(("rounds", text)) => options.rounds = number(text)?,
                Some(("seconds", text)) => options.seconds = number(text)?,
                Some(("only", text)) if text.split(',').all(|name| names.contains(&name)) => {
                    options.only = text.split(',').map(str::to_owned).collect();
                }
                _ => return Err(wrong()),
            }
        }
        if options.plot && (options.quick || !drawn.iter().all(|name| options.wants(name))) {
            return Err(format!(
                "the picture is of {}: plot takes all of them, and more than a quick look",
                drawn.join(", ")
            ));
        }
        Ok(options)
    }

    /// Whether this is to be measured.
    pub(super) fn wants(&self, name: &str) -> bool {
        self.only.is_empty() || self.names(name)
    }

    /// Whether this was picked by its name.
    pub(super) fn names(&self, name: &str) -> bool {
        self.only.iter().any(|only| only == name)
    }

    /// How long somebody stays who is to be idle for a minute.
    pub(super) fn minute(&self) -> u32 {
        if self.quick { 4 } else { 60 }
    }
}
