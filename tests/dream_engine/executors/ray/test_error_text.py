from dream_engine.executors.ray.error_text import cause, sentence


def test_of_an_error_with_much_behind_it_the_first_line_is_told():
    assert sentence(RuntimeError("\nThe actor died.\n\tpid: 7\n\tnode: ab\n")) == "The actor died."


def test_of_a_traceback_the_last_line_is_told():
    text = 'Failure from server:\nTraceback (most recent call last):\n  File "x.py"\nOSError: no disk\n'
    assert sentence(RuntimeError(text)) == "OSError: no disk"


def test_an_error_without_words_is_told_by_its_kind():
    assert sentence(RuntimeError()) == "RuntimeError"


def test_what_lies_behind_an_error_of_another_machine_stands_in_its_last_line():
    assert cause(RuntimeError('The actor died.\n  File "x.py"\nOSError: no disk')) == "OSError: no disk"
    assert cause(RuntimeError()) == "RuntimeError"
