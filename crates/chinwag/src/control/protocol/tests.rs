use chinwag_model::{Millis, Role};
use chinwag_store::JobId;
use tokio::io::BufReader;

use super::{Answer, Command, JobPlace, JobsAnswer, JobsCommand, LINE_BYTES, ReadError, State, read, write};

async fn read_text(text: &[u8]) -> Result<Option<Command>, ReadError> {
    read(&mut BufReader::new(text)).await
}

#[tokio::test]
async fn requests_and_answers_come_through() {
    let mut line = Vec::new();
    let command =
        Command::AddUser { name: "Ada".into(), password: "a\nb\u{1f600}".into(), role: Role::Owner };
    write(&mut line, &command).await.unwrap();
    assert_eq!(line.iter().filter(|byte| **byte == b'\n').count(), 1, "a line");
    let Some(Command::AddUser { name, password, role }) = read_text(&line).await.unwrap() else {
        panic!("another command")
    };
    assert_eq!((name.as_str(), password.as_str(), role), ("Ada", "a\nb\u{1f600}", Role::Owner));

    let answers = [Answer::User { name: "Ada".into() }, Answer::Users { users: Vec::new(), next: None }];
    let mut lines = Vec::new();
    for answer in &answers {
        write(&mut lines, answer).await.unwrap();
    }
    let mut reader = BufReader::new(lines.as_slice());
    for answer in answers {
        assert_eq!(read::<Answer>(&mut reader).await.unwrap(), Some(answer));
    }
    assert!(read::<Answer>(&mut reader).await.unwrap().is_none());
}

#[tokio::test]
async fn requests_and_answers_about_jobs_come_through() {
    let id = JobId("01890000-0000-7000-8000-000000000001".parse().unwrap());
    let mut line = Vec::new();
    let place = JobPlace { kind: "test.kind".into(), at: Millis(-7), id };
    let list = JobsCommand::List { state: State::Dead, after: Some(place.clone()) };
    write(&mut line, &Command::Jobs(list)).await.unwrap();
    let Some(Command::Jobs(JobsCommand::List { state, after })) = read_text(&line).await.unwrap() else {
        panic!("another command")
    };
    assert_eq!((state, after), (State::Dead, Some(place)));
    let counts = JobsAnswer::Counts { waiting: 1, leased: 2, dead: 3 };
    for answer in [Answer::Jobs(counts), Answer::Jobs(JobsAnswer::Retried { given_up: true })] {
        let mut line = Vec::new();
        write(&mut line, &answer).await.unwrap();
        assert_eq!(read::<Answer>(&mut BufReader::new(line.as_slice())).await.unwrap(), Some(answer));
    }
    let text = "{\"version\":2,\"command\":\"jobs\",\"what\":\"show\",\"id\":\"nonsense\"}\n";
    assert!(matches!(read_text(text.as_bytes()).await, Err(ReadError::Foreign)));
}

#[tokio::test]
async fn other_versions_and_other_things_are_told_from_faults_of_the_line() {
    for text in [
        "{\"version\":1,\"command\":\"list_users\",\"after\":null}\n",
        "{\"command\":\"list_users\"}\n",
        "{\"version\":2,\"command\":\"dance\"}\n",
        "GET / HTTP/1.1\r\n",
        "\n",
    ] {
        assert!(matches!(read_text(text.as_bytes()).await, Err(ReadError::Foreign)), "{text}");
    }
    let cut = read_text(b"{\"version\":2,").await;
    assert!(matches!(cut, Err(ReadError::Io(_))));
    let long = read_text(&vec![b' '; LINE_BYTES + 1]).await;
    assert!(matches!(long, Err(ReadError::TooLong)));
}

#[tokio::test]
async fn the_longest_password_fits_into_a_line() {
    let password = "\u{1}".repeat(4_000);
    let command = Command::SetPassword { name: "Ada".into(), password };
    write(&mut Vec::new(), &command).await.unwrap();
}
