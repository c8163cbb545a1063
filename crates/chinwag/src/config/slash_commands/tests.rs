use std::time::Duration;

use chinwag_server::SlashCommand;

use super::super::file;
use super::print;

fn faults(text: &str) -> Vec<String> {
    let read = file::read(text, &[]);
    read.faults.into_iter().map(|(line, fault)| format!("{line}: {fault}")).collect()
}

#[test]
fn a_command_is_read_as_it_is_printed() {
    let charge = SlashCommand {
        word: "charge".to_owned(),
        help: "Charges a \"card\": /charge 12.50".to_owned(),
        queue: "charge".to_owned(),
        patience: Duration::from_secs(3),
    };
    let read = file::read(&print(&charge), &[]);
    assert!(read.faults.is_empty(), "{:?}", read.faults);
    assert_eq!(read.slash_commands, [charge]);

    let read = file::read("[commands.weather]\nhelp = \"Tells the weather\"\nqueue = \"weather\"", &[]);
    assert_eq!(read.slash_commands[0].patience, Duration::from_secs(10));
}

#[test]
fn what_is_wrong_is_told_with_its_line() {
    let text = "[commands.Charge]\nhelp = \"\"\nqueue = \"amq.gen\"\ntimeout-seconds = 60\nwho = 1\n";
    let expected = [
        "1: \"Charge\" is no word for a command; it takes letters a to z, digits, - and _, a letter first, at most 32.",
        "2: commands.Charge.help cannot be \"\"; it takes a line of at most 200 characters for people.",
        "3: commands.Charge.queue cannot be \"amq.gen\"; it takes the name of a queue, of 1 to 255 bytes, without amq. at its beginning.",
        "4: commands.Charge.timeout-seconds cannot be \"60\"; it takes a whole number from 1 to 15.",
        "5: commands.Charge has no \"who\"; it takes help, queue and timeout-seconds.",
    ];
    assert_eq!(faults(text), expected);
    let expected = [
        "1: commands.charge has no queue; it takes the name of a queue, of 1 to 255 bytes, without amq. at its beginning.",
    ];
    assert_eq!(faults("[commands.charge]\nhelp = \"Charges\""), expected);
    assert_eq!(
        faults("commands = 3"),
        ["1: commands is not valid; it takes a table for each command, like [commands.charge]."]
    );
    assert_eq!(
        faults("commands.charge = 3"),
        ["1: commands.charge is not valid; it takes a table with help and queue."]
    );
}
