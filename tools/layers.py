"""The arrows between the folders of src/, as data for check_layers.py."""

# Folder or file prefix below src/, the longest counts -> what it may include of ours (besides
# itself), and of others in its .cc files. `*` = everything. core/plan sees core/traffic for Weight.
LAYERS = {
    "base": ("", "fmt"),
    "codec": ("base", "nlohmann yaml zlib"),
    "core/plan": ("base core/traffic", "fmt"),
    "core/traffic": ("base", "fmt"),
    "core/judge": ("base core/plan core/traffic", "fmt boost"),
    "core/backtest": ("base core/plan core/traffic core/judge", ""),
    "core/rollout": ("base core", "fmt"),
    "ports": ("base core", ""),
    "engine": ("base core ports", "fmt"),
    "os": ("base", "spdlog"),
    "net": ("base", "asio beast openssl"),
    "kubeapi": ("base codec os net", "fmt"),
    "edges": ("base codec core ports os net kubeapi", "fmt"),
    "edges/file_store": ("base codec core ports os net kubeapi", "fmt sqlite"),
    "edges/splitter_admin": ("base codec core ports os net kubeapi splitter/protocol", "fmt"),
    "splitter": ("base codec os core/traffic", ""),
    "splitter/observe": ("base codec os core/traffic splitter", "fmt"),
    "splitter/main": ("base codec os core/traffic splitter net", "fmt"),
    "splitter/tls": ("base codec os core/traffic splitter", "openssl"),
    "splitter/http2": ("base codec os core/traffic splitter", "nghttp2"),
    "splitter/loop": ("base codec os core/traffic splitter", "asio"),
    "splitter/admin": ("base codec os core/traffic splitter net", ""),
    # Only the wiring names a concrete edge, so that removing one deletes and never edits.
    "app": ("base codec core ports engine os net kubeapi app", "fmt"),
    "app/flags.": ("base codec core ports engine os net kubeapi app", "fmt cli11"),
    "app/wiring_": ("*", "fmt"),
    "app/kai_splitter.": ("base codec os net splitter app/flags.h", "cli11"),
}
THIRD_PARTY = {"fmt/": "fmt", "nlohmann/": "nlohmann", "yaml-cpp/": "yaml", "zlib.h": "zlib",
               "boost/asio": "asio", "boost/system": "asio", "boost/beast": "beast",
               "openssl/": "openssl", "spdlog/": "spdlog", "sqlite3": "sqlite", "CLI/": "cli11",
               "nghttp2/": "nghttp2", "gtest/": "test", "rapidcheck": "test", "boost/": "boost"}
# app/platform.h: the commands are the same on each platform, and a platform holds state.
SEAMS = (r"ports/|base/(clock|random|log|timers|descriptor_watch)\.h|os/(disk|process|lasting_process|file_locks)\.h|"
         r"net/http_client\.h|app/platform\.h")
# (name, where it holds, where it does not, what may not stand there); tests only obey the first.
FORBIDDEN = [
    ("waiting for real time", r"", r"os/", r"sleep_(for|until)|\b(u|nano)?sleep\("),
    ("the real clock", r"", r"(os/real_clock|splitter/main/sandbox)\.cc", r"_clock::now\(|clock_gettime|\btime\((nullptr|0|NULL)\)"),
    ("a thread", r"", r"os/helper_thread\.cc|splitter/loop/loop_thread\.cc",
     r"<thread>|std::j?thread\b|pthread_create|std::async"),
    ("chance", r"", r"os/", r"random_device|\bs?rand\(|mt19937"),
    ("the environment", r"", r"os/", r"\b(secure_)?getenv\b|\benviron\b"),
    ("files", r"", r"os/", r"<fstream>|<filesystem>|\bfopen\(|(^|[ (=!])::open(at)?\("),
    ("the terminal", r"", r"(os|app)/", r"<iostream>|<cstdio>|std::c(out|err|in)\b|\bf?printf\("),
    ("a header of the operating system", r"", r"(os|net|splitter)/",
     r"<(unistd|fcntl|poll|signal|spawn|pthread|sys/\w+|netinet/\w+|arpa/\w+|linux/\w+)\.h>"),
    ("std::mutex (take base/mutex.h)", r"", r"base/mutex\.h|os/helper_thread", r"std::(shared_)?mutex\b"),
    ("an order that differs between runs", r"(core|engine|ports)/", None,
     r"std::hash\b|unordered_(multi)?(map|set)|(map|set)<(const )?[\w:]+( const)?\*"),
    ("a float that is kept (a weight is an integer)", r"core/traffic/", None, r"\b(double|float)\s+\w+\s*[;={,)]"),
    ("a log line (return a reason)", r"core/", None, r'"base/log\.h"'),
    ("`virtual` beside the seams", r"", SEAMS, r"\bvirtual\b"),
    ("a word of the domain", r"(base|codec|os|net|kubeapi)/", None,
     r"(?i)rollout|canary|verdict|baseline|promot|workload"),
    ("a word of Kubernetes", r"engine/", None, r"(?i)kube|configmap|httproute|\bjson"),
    ("logic in a port", r"ports/.*\.cc$", None, r"."),
    ("cluster code beside internet bytes", r"app/kai_splitter\.|splitter/", None, r"kubeapi"),
    ("policy (no `if` on a verdict or phase)", r"app/", None, r"\bif\b.*\b(Verdict|Phase)::"),
]
