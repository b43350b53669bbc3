"""Runs the tests of one engine whose names hold one of the words, or all."""
import sys
import unittest

import stage


def chosen(suite, words):
    for test in suite:
        if isinstance(test, unittest.TestSuite):
            yield from chosen(test, words)
        elif not words or any(word in test.id() for word in words):
            yield test


def main(words):
    name = "test_incus" if stage.ENGINE == "incus" else "test_[!i]*"
    found = unittest.TestLoader().discover("Tests/browser", pattern=f"{name}.py", top_level_dir="Tests/browser")
    tests = list(chosen(found, words))
    if not tests:
        print(f"no test's name holds one of {words}", file=sys.stderr)
        return 2
    stage.setUpModule()
    try:
        result = unittest.TextTestRunner(verbosity=2, descriptions=False, stream=sys.stdout).run(unittest.TestSuite(tests))
    finally:
        stage.tearDownModule()
    print(f"engine {stage.ENGINE}: {result.testsRun} tests, skipped: {len(result.skipped)}")
    return 0 if result.wasSuccessful() else 1


sys.exit(main(sys.argv[1:]))
