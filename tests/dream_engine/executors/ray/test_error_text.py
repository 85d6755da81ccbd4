from dream_engine.executors.ray.error_text import cause, sentence


def test_an_error_with_details_is_shortened_to_its_first_line():
    assert sentence(RuntimeError("\nThe actor died.\n\tpid: 7\n\tnode: ab\n")) == "The actor died."


def test_a_traceback_is_shortened_to_its_last_line():
    text = 'Failure from server:\nTraceback (most recent call last):\n  File "x.py"\nOSError: no disk\n'
    assert sentence(RuntimeError(text)) == "OSError: no disk"


def test_an_error_without_a_message_is_named_by_its_type():
    assert sentence(RuntimeError()) == "RuntimeError"


def test_the_cause_of_an_error_on_another_machine_is_its_last_line():
    assert cause(RuntimeError('The actor died.\n  File "x.py"\nOSError: no disk')) == "OSError: no disk"
    assert cause(RuntimeError()) == "RuntimeError"
