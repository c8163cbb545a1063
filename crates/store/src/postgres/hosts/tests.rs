use super::*;

fn hosts(url: &str) -> Vec<(String, Config)> {
    let address: Address = url.parse().unwrap_or_else(|error| panic!("{url}: {error}"));
    each(&settled(&address.config))
}

#[test]
fn each_host_is_tried_with_its_own_port_and_what_all_have_in_common() {
    let found = hosts("postgres://ada:hush@one:1001,two:1002/chat?sslmode=require&options=-c%20jit%3Doff");
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["one:1001", "two:1002"]);
    for ((_, config), port) in found.iter().zip([1001, 1002]) {
        assert_eq!((config.get_hosts().len(), config.get_ports()), (1, [port].as_slice()));
        assert_eq!((config.get_user(), config.get_password()), (Some("ada"), Some(b"hush".as_slice())));
        assert_eq!((config.get_dbname(), config.get_options()), (Some("chat"), Some("-c jit=off")));
        assert_eq!(config.get_target_session_attrs(), TargetSessionAttrs::ReadWrite);
        assert_eq!(config.get_application_name(), Some("chinwag"));
    }
}

#[test]
fn nothing_that_an_address_can_say_is_lost() {
    // Whatever the library knows of an address shows up in how it is written for debugging.
    let urls = [
        "postgres://ada:hush@one:1001/chat?sslmode=require&channel_binding=require&keepalives_idle=7\
         &keepalives_interval=8&keepalives_retries=9&tcp_user_timeout=11&connect_timeout=12&options=-c%20jit%3Doff",
        "postgres://localhost/chat",
        "postgres://one/chat?hostaddr=127.0.0.1",
        "postgres://ada@%2Frun%2Fpostgresql:1001/chat",
    ];
    for url in urls {
        let address: Address = url.parse().unwrap();
        let settled = settled(&address.config);
        let found = each(&settled);
        assert_eq!(found.len(), 1, "{url}");
        assert_eq!(format!("{:?}", found[0].1), format!("{settled:?}"), "{url}");
    }
    let config = settled(&urls[0].parse::<Address>().unwrap().config);
    let said = |seconds| Some(Duration::from_secs(seconds));
    assert_eq!(config.get_keepalives_idle(), Duration::from_secs(7));
    assert_eq!((config.get_keepalives_interval(), config.get_keepalives_retries()), (said(8), Some(9)));
    assert_eq!(config.get_tcp_user_timeout().copied(), said(11));
}

#[test]
fn one_port_serves_all_hosts() {
    let found = hosts("postgres:///chat?hostaddr=192.0.2.1,192.0.2.2&port=1003");
    let names: Vec<&str> = found.iter().map(|(name, _)| name.as_str()).collect();
    assert_eq!(names, ["192.0.2.1:1003", "192.0.2.2:1003"]);
    assert!(found.iter().all(|(_, config)| config.get_hostaddrs().len() == 1));
}
