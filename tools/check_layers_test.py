#!/usr/bin/env python3
"""One bad tree per rule: each must be found, and its good twin must not."""
import pathlib
import re
import subprocess
import sys
import tempfile
import unittest

import check_layers
import layers

SYSTEM = "a header of the operating system"
# What is wrong, the file, its line, what the finding says (a piece of it).
BAD_INCLUDES = [
    ("base knows the domain", "base/a.h", '#include "core/plan/plan.h"', "base/ may not include core/plan/"),
    ("codec does I/O", "codec/a.cc", '#include "os/disk.h"', "codec/ may not include os/"),
    ("plan looks up", "core/plan/a.cc", '#include "core/judge/verdict.h"', "may not include core/judge/"),
    ("traffic knows rollouts", "core/traffic/a.h", '#include "core/rollout/a.h"', "may not include"),
    ("judge knows rollouts", "core/judge/a.h", '#include "core/rollout/a.h"', "may not include"),
    ("rollout knows ports", "core/rollout/a.h", '#include "ports/router.h"', "may not include ports/"),
    ("ports know the engine", "ports/a.h", '#include "engine/engine.h"', "may not include engine/"),
    ("engine knows the net", "engine/a.cc", '#include "net/url.h"', "engine/ may not include net/"),
    ("engine knows an edge", "engine/a.cc", '#include "edges/helm/a.h"', "may not include edges/helm/"),
    ("engine parses", "engine/a.cc", '#include "codec/json.h"', "may not include codec/"),
    ("os knows the net", "os/a.cc", '#include "net/url.h"', "os/ may not include net/"),
    ("net knows Kubernetes", "net/a.cc", '#include "kubeapi/a.h"', "net/ may not include kubeapi/"),
    ("kubeapi knows the domain", "kubeapi/a.cc", '#include "core/plan/a.h"', "may not include core/plan/"),
    ("edges know each other", "edges/helm/a.cc", '#include "edges/istio/a.h"', "may not include edges/istio/"),
    ("an edge knows the engine", "edges/helm/a.cc", '#include "engine/a.h"', "may not include engine/"),
    ("an edge opens the splitter", "edges/splitter_admin/a.cc", '#include "splitter/route/a.h"', "may not"),
    ("splitter knows verdicts", "splitter/route/a.cc", '#include "core/judge/a.h"', "may not include"),
    ("splitter uses the slow net", "splitter/http1/a.cc", '#include "net/url.h"', "may not include net/"),
    ("a command names an edge", "app/commands/a.cc", '#include "edges/helm/a.h"', "may not include edges/"),
    ("the data plane holds cluster code", "app/kai_splitter.cc", '#include "kubeapi/a.h"', "may not include"),
    ("a library in a header", "engine/a.h", "#include <fmt/core.h>", "a header may not include fmt/core.h"),
    ("JSON beside codec", "kubeapi/a.cc", "#include <nlohmann/json.hpp>", "kubeapi may not include"),
    ("TLS beside net", "edges/helm/a.cc", "#include <openssl/ssl.h>", "edges may not include openssl"),
    ("flags in two files", "app/commands/a.cc", "#include <CLI/CLI.hpp>", "app may not include CLI/"),
    ("the store's database elsewhere", "edges/helm/a.cc", "#include <sqlite3.h>", "may not include sqlite3.h"),
    ("a test library in a program", "engine/a.cc", "#include <gtest/gtest.h>", "may not include gtest/"),
    ("fakes in a program", "engine/a.cc", '#include "tests/fakes/a.h"', "may not include tests/fakes/"),
    ("a folder without a rule", "util/a.h", "int a();", "no rule for this folder"),
    ("a library that nobody chose", "net/a.cc", "#include <boost/regex.hpp>", "net may not include boost/"),
]
# Name of the rule in layers.FORBIDDEN -> a file and a line that break it, and a file that may.
BAD_WORDS = {
    "waiting for real time": ("engine/a_test.cc", "std::this_thread::sleep_for(1s);", "os/a.cc"),
    "the real clock": ("net/a.cc", "std::chrono::steady_clock::now();", "os/real_clock.cc"),
    "a thread": ("net/a.cc", "std::jthread worker;", "os/helper_thread.cc"),
    "chance": ("core/judge/a.cc", "std::random_device seed;", "os/a.cc"),
    "the environment": ("app/a.cc", 'getenv("HOME");', "os/a.cc"),
    "files": ("edges/helm/a.cc", "#include <fstream>", "os/a.cc"),
    "the terminal": ("engine/a.cc", 'std::cout << "x";', "app/a.cc"),
    SYSTEM: ("edges/helm/a.cc", "#include <unistd.h>", "net/a.cc"),
    "std::mutex (take base/mutex.h)": ("net/a.cc", "std::mutex mutex;", "base/mutex.h"),
    "an order that differs between runs": ("core/rollout/a.cc", "std::unordered_map<int, int> m;", "net/a.cc"),
    "a float that is kept (a weight is an integer)": ("core/traffic/a.h", "double w;", "core/judge/a.h"),
    "a log line (return a reason)": ("core/plan/a.cc", '#include "base/log.h"', "engine/a.cc"),
    "`virtual` beside the seams": ("engine/a.h", "virtual void tick() = 0;", "ports/a.h"),
    "a word of the domain": ("net/a.h", "int canary_count;", "engine/a.h"),
    "a word of Kubernetes": ("engine/a.h", "struct KubeObject {};", "kubeapi/a.h"),
    "logic in a port": ("ports/a.cc", "int a() { return 1; }", "engine/a.cc"),
    "cluster code beside internet bytes": ("splitter/tls/a.h", "namespace kubeapi {}", "app/a.cc"),
    "policy (no `if` on a verdict or phase)": ("app/a.cc", "if (v == Verdict::fail) stop();", "engine/a.cc"),
}
GOOD = [
    ("engine/a_test.cc", "#include <gtest/gtest.h>"), ("engine/a_test.cc", '#include "tests/fakes/a.h"'),
    ("engine/a.cc", '#include "ports/router.h"'), ("edges/helm/a.cc", '#include "edges/helm/b.h"'),
    ("edges/splitter_admin/a.cc", '#include "splitter/protocol/a.h"'), ("app/flags.cc", "#include <CLI/CLI.hpp>"),
    ("app/wiring_kubernetes.cc", '#include "edges/helm/a.h"'), ("splitter/admin/a.cc", '#include "net/url.h"'),
    ("core/plan/a.cc", "// std::thread and getenv are only spoken of here"), ("net/a.cc", "#include <vector>"),
    ("codec/a.cc", "void open(int depth);"),
]


def findings(path, line):
    with tempfile.TemporaryDirectory() as root:
        file = pathlib.Path(root, "src", path)
        file.parent.mkdir(parents=True)
        file.write_text(f"// A purpose.\n{line}\n")
        return list(check_layers.findings(root))


class CheckLayers(unittest.TestCase):
    def test_each_bad_include_is_found_at_its_line(self):
        for why, path, line, text in BAD_INCLUDES:
            with self.subTest(why):
                found = findings(path, line)
                self.assertTrue(any(text in f for f in found), found)
                self.assertRegex(found[0], rf"^src/{re.escape(path)}:\d+: ")

    def test_each_forbidden_word_is_found_where_it_may_not_stand_only(self):
        self.assertEqual(set(BAD_WORDS), {rule[0] for rule in layers.FORBIDDEN})
        for name, (path, line, allowed) in BAD_WORDS.items():
            with self.subTest(name):
                self.assertTrue(any(name in f for f in findings(path, line)))
                self.assertFalse(any(name in f for f in findings(allowed, line)))

    def test_good_trees_are_clean(self):
        for path, line in GOOD:
            with self.subTest(path):
                self.assertEqual(findings(path, line), [])

    def test_exit_code_and_line_number_reach_the_caller(self):
        with tempfile.TemporaryDirectory() as root:
            folder = pathlib.Path(root, "src", "engine")
            folder.mkdir(parents=True)
            (folder / "tick.cc").write_text('\n\n#include "net/url.h"\n')
            tool = pathlib.Path(__file__).with_name("check_layers.py")
            ran = subprocess.run([sys.executable, tool, root], capture_output=True, text=True)
            self.assertEqual(ran.stdout, "src/engine/tick.cc:3: engine/ may not include net/\n")
            self.assertEqual(ran.returncode, 1)


if __name__ == "__main__":
    unittest.main()
