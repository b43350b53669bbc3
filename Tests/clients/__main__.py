"""Runs the tests whose names hold one of the words, or all. What they made is gone at the end, or that is a fault."""
import os
import re
import sys
import unittest

from stage import ENGINE, account, clear, every, sloop


class Result(unittest.TextTestResult):
    def _exc_info_to_string(self, error, test):
        text = super()._exc_info_to_string(error, test)
        return re.sub(r'  File "[^"]*/site-packages/[^"]*".*\n(    .*\n)+', "", text)


def chosen(suite, words):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from chosen(test, words)
        elif not words or any(word in test.id() for word in words):
            fits = getattr(getattr(test, test._testMethodName, None), "only", ENGINE) == ENGINE
            if fits and ("needs" not in dir(test) or os.environ.get(test.needs)):
                yield test


def clear_all():
    """Deletes what is left in any account; gives the names of what stays all the same."""
    left = []
    for name in sorted({key["account"] for key in sloop("access-key", "list")}):
        broom = account(name).broom
        clear(broom)
        left += [f"{name}: {one}" for one in every(broom, "get_active_names", "activeNames")]
    # The default key pair is the account's for good.
    return [name for name in left if not name.endswith(": LightsailDefaultKeyPair")]


def main(words):
    if words == ["--clear"]:
        return 1 if clear_all() else 0
    found = unittest.TestLoader().discover("Tests/clients", top_level_dir="Tests/clients")
    tests = unittest.TestSuite(chosen(found, words))
    if not tests.countTestCases():
        print(f"no test's name holds one of {words}", file=sys.stderr)
        return 2
    result = unittest.TextTestRunner(verbosity=2, descriptions=False, stream=sys.stdout, resultclass=Result).run(tests)
    left = clear_all()
    if left:
        print(f"left behind: {left}")
    print(f"engine {ENGINE}: {result.testsRun} tests, skipped: {len(result.skipped)}")
    for test, reason in result.skipped:
        print(f"    {test.id()}: {reason}")
    return 0 if result.wasSuccessful() and not left else 1


sys.exit(main(sys.argv[1:]))
