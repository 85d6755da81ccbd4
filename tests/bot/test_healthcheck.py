from bot.healthcheck import main


def test_a_bot_that_was_told_not_to_answer_is_not_asked(monkeypatch, capsys):
    monkeypatch.setenv("DREAM_HTTP_PORT", "0")
    assert main() == 0
    assert capsys.readouterr().out == "Not asked: the bot answers on no port.\n"
