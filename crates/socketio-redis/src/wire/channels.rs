//! The names of channels.

/// The channels of one namespace.
///
/// ```
/// use chinwag_socketio_redis::wire::Channels;
///
/// let channels = Channels::new("socket.io", "/chat");
/// assert_eq!(channels.broadcast(&["lobby".into()]), "socket.io#/chat#lobby#");
/// assert_eq!(channels.request(), "socket.io-request#/chat#");
/// assert_eq!(channels.response(Some("a1b2c3")), "socket.io-response#/chat#a1b2c3#");
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Channels {
    key: String,
    namespace: String,
}

impl Channels {
    /// Those of a namespace of the servers that have this key in common, `socket.io` where nobody has chosen another.
    ///
    /// ```
    /// # use chinwag_socketio_redis::wire::Channels;
    /// assert_eq!(Channels::new("shop", "/").request(), "shop-request#/#");
    /// ```
    pub fn new(key: &str, namespace: &str) -> Self {
        Self { key: key.to_owned(), namespace: namespace.to_owned() }
    }

    /// Where something is sent that is meant for these rooms: one room has a channel of its own.
    ///
    /// ```
    /// # use chinwag_socketio_redis::wire::Channels;
    /// let channels = Channels::new("socket.io", "/");
    /// assert_eq!(channels.broadcast(&[]), "socket.io#/#");
    /// assert_eq!(channels.broadcast(&["a".into(), "b".into()]), "socket.io#/#");
    /// ```
    pub fn broadcast(&self, rooms: &[String]) -> String {
        let Self { key, namespace } = self;
        match rooms {
            [room] => format!("{key}#{namespace}#{room}#"),
            _ => format!("{key}#{namespace}#"),
        }
    }

    /// The pattern of all channels that [`Channels::broadcast`] names, with what means something in patterns escaped.
    ///
    /// ```
    /// # use chinwag_socketio_redis::wire::Channels;
    /// assert_eq!(Channels::new("socket.io", "/").pattern(), "socket.io#/#*");
    /// assert_eq!(Channels::new("socket.io", "/a*").pattern(), r"socket.io#/a\*#*");
    /// ```
    pub fn pattern(&self) -> String {
        let mut pattern = String::new();
        for letter in self.broadcast(&[]).chars() {
            if matches!(letter, '*' | '?' | '[' | ']' | '\\') {
                pattern.push('\\');
            }
            pattern.push(letter);
        }
        pattern.push('*');
        pattern
    }

    /// The room that a channel is for; `None`: it is for the whole namespace, or for several rooms.
    ///
    /// ```
    /// # use chinwag_socketio_redis::wire::Channels;
    /// let channels = Channels::new("socket.io", "/");
    /// assert_eq!(channels.room(b"socket.io#/#a#b#"), Some("a#b"));
    /// assert_eq!(channels.room(b"socket.io#/#"), None);
    /// ```
    pub fn room<'a>(&self, channel: &'a [u8]) -> Option<&'a str> {
        let room = channel.strip_prefix(self.broadcast(&[]).as_bytes())?.strip_suffix(b"#")?;
        std::str::from_utf8(room).ok().filter(|room| !room.is_empty())
    }

    /// Where servers are asked.
    ///
    /// ```
    /// # use chinwag_socketio_redis::wire::Channels;
    /// assert_eq!(Channels::new("socket.io", "/").request(), "socket.io-request#/#");
    /// ```
    pub fn request(&self) -> String {
        format!("{}-request#{}#", self.key, self.namespace)
    }

    /// Where they answer, all of them or the one with this `uid` alone.
    ///
    /// ```
    /// # use chinwag_socketio_redis::wire::Channels;
    /// assert_eq!(Channels::new("socket.io", "/").response(None), "socket.io-response#/#");
    /// ```
    pub fn response(&self, uid: Option<&str>) -> String {
        let Self { key, namespace } = self;
        match uid {
            Some(uid) => format!("{key}-response#{namespace}#{uid}#"),
            None => format!("{key}-response#{namespace}#"),
        }
    }
}
