from broker.console.parts import ConsoleSettings


def test_the_accepted_host_names_are_those_of_the_origins() -> None:
    settings = ConsoleSettings(
        origins=("https://localhost:8443", "https://gate.riverside.example", "https://localhost:9443"),
        rp_id="localhost",
        ssh_host="gate",
        ssh_port=22,
    )
    assert settings.hosts == ("localhost", "gate.riverside.example")
