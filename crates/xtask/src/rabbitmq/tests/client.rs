//! As much of AMQP 0-9-1 as shows whether queues and what is in them are there. Numbers are those of its methods.

use super::*;

type Method = (u16, u16);

const START: Method = (10, 10);
const START_OK: Method = (10, 11);
const TUNE: Method = (10, 30);
const TUNE_OK: Method = (10, 31);
const OPEN: Method = (10, 40);
const OPEN_OK: Method = (10, 41);
const CHANNEL_OPEN: Method = (20, 10);
const CHANNEL_OPEN_OK: Method = (20, 11);
const CHANNEL_CLOSE: Method = (20, 40);
const DECLARE: Method = (50, 10);
const DECLARE_OK: Method = (50, 11);
const PUBLISH: Method = (60, 40);
const GET: Method = (60, 70);
const GET_OK: Method = (60, 71);
const GET_EMPTY: Method = (60, 72);
const ACK: Method = (60, 80);
const CONFIRM: Method = (85, 10);
const CONFIRM_OK: Method = (85, 11);

/// A connection with one channel, on which what is published is confirmed.
pub(super) struct Client {
    stream: TcpStream,
}

impl Client {
    pub(super) fn connect(rabbit: &RabbitMq) -> Self {
        Self::enter(rabbit, "chinwag").unwrap()
    }

    /// Nothing, if the password is wrong.
    pub(super) fn enter(rabbit: &RabbitMq, password: &str) -> Option<Self> {
        let mut this = Self { stream: connect(&rabbit.ports.clients).unwrap() };
        this.stream.set_read_timeout(Some(LIMIT)).unwrap();
        this.stream.write_all(b"AMQP\x00\x00\x09\x01").unwrap();
        assert_eq!(this.hear_method().0, START);
        let secret = format!("\0chinwag\0{password}");
        let length = u32::try_from(secret.len()).unwrap().to_be_bytes();
        let no_properties = [0; 4];
        let answer = [&no_properties[..], &short("PLAIN"), &length, secret.as_bytes(), &short("en_US")];
        this.tell(0, START_OK, &answer.concat());
        // It closes the connection when it does not let us in.
        if !matches!(this.stream.peek(&mut [0]), Ok(1)) {
            return None;
        }
        let (method, limits) = this.hear_method();
        assert_eq!(method, TUNE);
        // As the server wants, but for the last, how often to say that we are still there: never.
        this.tell(0, TUNE_OK, &[&limits[..6], &[0, 0]].concat());
        this.ask(0, OPEN, &[&short("/")[..], &[0, 0]].concat(), OPEN_OK);
        this.ask(1, CHANNEL_OPEN, &[0], CHANNEL_OPEN_OK);
        this.ask(1, CONFIRM, &[0], CONFIRM_OK);
        Some(this)
    }

    /// Makes a queue.
    pub(super) fn declare(&mut self, queue: &str, durable: bool) {
        self.ask(1, DECLARE, &declaration(queue, if durable { 2 } else { 0 }), DECLARE_OK);
    }

    /// Whether there is a queue. It is the last that can be asked where there is none.
    pub(super) fn has(&mut self, queue: &str) -> bool {
        self.tell(1, DECLARE, &declaration(queue, 1));
        let method = self.hear_method().0;
        assert!([DECLARE_OK, CHANNEL_CLOSE].contains(&method), "{method:?}");
        method == DECLARE_OK
    }

    /// Puts a persistent message into a queue and waits until it is safe.
    pub(super) fn publish(&mut self, queue: &str, text: &str) {
        self.tell(1, PUBLISH, &[&[0, 0, 0][..], &short(queue), &[0]].concat());
        let length = u64::try_from(text.len()).unwrap().to_be_bytes();
        // Of the class of these methods, with one property: that it is persistent.
        self.send(2, 1, &[&[0, 60, 0, 0][..], &length, &[0x10, 0, 2]].concat());
        self.send(3, 1, text.as_bytes());
        assert_eq!(self.hear_method().0, ACK);
    }

    /// Takes the first message out of a queue, if there is one.
    pub(super) fn take(&mut self, queue: &str) -> Option<String> {
        self.tell(1, GET, &[&[0, 0][..], &short(queue), &[1]].concat());
        let (method, arguments) = self.hear_method();
        let said = String::from_utf8_lossy(&arguments);
        assert!([GET_OK, GET_EMPTY].contains(&method), "{method:?} {said}");
        (method == GET_OK).then(|| {
            assert_eq!(self.hear().0, 2);
            let (kind, body) = self.hear();
            assert_eq!(kind, 3);
            String::from_utf8(body).unwrap()
        })
    }

    fn ask(&mut self, channel: u16, method: Method, arguments: &[u8], answer: Method) {
        self.tell(channel, method, arguments);
        assert_eq!(self.hear_method().0, answer);
    }

    fn tell(&mut self, channel: u16, (class, method): Method, arguments: &[u8]) {
        self.send(1, channel, &[&class.to_be_bytes()[..], &method.to_be_bytes(), arguments].concat());
    }

    /// Sends a frame: a method (1), the header (2) or the body (3) of a message.
    fn send(&mut self, kind: u8, channel: u16, content: &[u8]) {
        let length = u32::try_from(content.len()).unwrap().to_be_bytes();
        let frame = [&[kind][..], &channel.to_be_bytes(), &length, content, &[0xCE]].concat();
        self.stream.write_all(&frame).unwrap();
    }

    fn hear_method(&mut self) -> (Method, Vec<u8>) {
        let (kind, mut content) = self.hear();
        assert_eq!(kind, 1);
        let arguments = content.split_off(4);
        let number = |at| u16::from_be_bytes([content[at], content[at + 1]]);
        ((number(0), number(2)), arguments)
    }

    /// The kind and the content of the next frame.
    fn hear(&mut self) -> (u8, Vec<u8>) {
        let mut head = [0; 7];
        self.stream.read_exact(&mut head).unwrap();
        let length = u32::from_be_bytes([head[3], head[4], head[5], head[6]]);
        let mut content = vec![0; usize::try_from(length).unwrap() + 1];
        self.stream.read_exact(&mut content).unwrap();
        assert_eq!(content.pop(), Some(0xCE));
        (head[0], content)
    }
}

/// What declares a queue; of the flags, 1 asks only whether there is one, 2 makes it durable.
fn declaration(queue: &str, flags: u8) -> Vec<u8> {
    [&[0, 0][..], &short(queue), &[flags, 0, 0, 0, 0]].concat()
}

fn short(text: &str) -> Vec<u8> {
    [&[u8::try_from(text.len()).unwrap()][..], text.as_bytes()].concat()
}
