#!/usr/bin/env python3
"""Interleaved, paired comparison of kai-splitter with other proxies on loopback.

All proxies run at once on the same CPU and are loaded one at a time in short slices, round robin, so
that slow drift of the machine hits every contender alike. The figure compared is CPU time of the proxy
per request (all its threads and child processes, from /proc/PID/task/*/schedstat). A ratio is formed
inside one round only: CPU per request of the reference / CPU per request of the contender, that is,
requests per proxy-CPU-second relative to the reference. The table shows medians over clean rounds.

  paired.py --splitter build/release/bin/kai-splitter
  paired.py --splitter ... --conns 256 --rounds 12 --gate 1.25
  paired.py --splitter ... --path /10k --gate 1.0
  paired.py --splitter ... --rate 3000 --gate-p99 1.0          (open loop, latency from intended send time)
  paired.py --splitter ... --idle 3000

Exit status: 0 ok, 1 a gate was missed, 2 too few clean rounds or failed requests, so no verdict.
"""
import argparse
import dataclasses
import glob
import http.client
import json
import os
import re
import resource
import shlex
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
PEERS = os.path.join(HERE, "peers")
BROWSER_HEADERS = [
    "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36",
    "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
    "Accept-Language: en-GB,en;q=0.9,de;q=0.8",
    "Accept-Encoding: gzip, deflate, br",
    "Cookie: sid=4f1b7c0e9d2a4c55a1b2c3d4e5f60718; theme=dark; _ga=GA1.2.123456789.1700000000",
    "X-Request-Id: 7f9c2ba4-e88f-4e07-9b2f-1c6e5d7a8b90",
    "Referer: http://bench.example/dashboard/overview?tab=canary",
    "Cache-Control: no-cache",
]
CLEAN_ROUNDS_MIN = 3
SATURATED_MIN = 0.90     # the load tool's start and end are inside the slice, so 1.0 is never reached
FOREIGN_CPU_MAX = 0.10  # CPUs' worth of work by others above which a slice does not count


@dataclasses.dataclass
class Contender:
    name: str
    command: list
    port: int
    process: subprocess.Popen = None


def peer_contenders(binaries, run_dir):
    def nginx(name, port):
        return Contender(name, [binaries.nginx, "-p", run_dir, "-e", "stderr", "-c", f"{PEERS}/{name}.conf"], port)

    return {c.name: c for c in [
        Contender("haproxy", [binaries.haproxy, "-db", "-f", f"{PEERS}/haproxy.cfg"], 8081),
        nginx("nginx-split", 8082),
    ]}


def splitter_configuration(run_dir, port):
    """One worker and one route; everything that a user has by default is on."""
    state = os.path.join(run_dir, "state")
    for folder in (state, os.path.join(run_dir, "control")):
        os.makedirs(folder, mode=0o700, exist_ok=True)

    def backend(id, port):
        return {"id": id, "version": id, "track": id, "state": "active", "endpoints": [f"127.0.0.1:{port}"]}

    return {"workers": 1, "control_socket": os.path.join(run_dir, "control", "splitter.sock"), "state_dir": state,
            "listeners": [{"name": "web", "address": f"127.0.0.1:{port}"}],
            "snapshot": {"writer_epoch": 1, "generation": 1,
                         "backends": [backend("stable", 9001), backend("canary", 9002)],
                         "routes": [{"id": "bench", "service": "bench", "match": [{"path_prefix": "/"}],
                                     "split": {"weights_ppm": [{"backend": "canary", "ppm": 100_000},
                                                               {"backend": "stable", "ppm": 900_000}]}}]}}


# --- reading the kernel's books -------------------------------------------------------------------

def read(path):
    try:
        with open(path) as file:
            return file.read()
    except OSError:
        return ""


def process_tree(pid):
    found = [pid]
    for path in glob.glob(f"/proc/{pid}/task/*/children"):
        for child in read(path).split():
            found += process_tree(int(child))
    return found


def thread_cpu_ns(pid):
    """CPU time of every thread of the process tree, by thread id."""
    threads = {}
    for member in process_tree(pid):
        for path in glob.glob(f"/proc/{member}/task/*/schedstat"):
            text = read(path)
            if text:
                threads[path.split("/")[4]] = int(text.split()[0])
    return threads


def cpu_seconds_between(before, after):
    return sum(max(0, ns - before.get(thread, 0)) for thread, ns in after.items()) / 1e9


def user_and_system(pid):
    user = system = 0
    for member in process_tree(pid):
        text = read(f"/proc/{member}/stat")
        if text:
            fields = text.rsplit(")", 1)[1].split()
            user, system = user + int(fields[11]), system + int(fields[12])
    tick = os.sysconf("SC_CLK_TCK")
    return user / tick, system / tick


def memory_kib(pid, field):
    total = 0
    for member in process_tree(pid):
        match = re.search(field + r":\s+(\d+)", read(f"/proc/{member}/status"))
        total += int(match.group(1)) if match else 0
    return total


def busy_seconds(cpus):
    """Busy time of the given CPUs since boot; stolen time counts as busy."""
    total = 0
    for line in read("/proc/stat").splitlines():
        match = re.match(r"cpu(\d+) (.*)", line)
        if match and int(match.group(1)) in cpus:
            ticks = [int(x) for x in match.group(2).split()]
            total += sum(ticks[:8]) - ticks[3] - ticks[4]
    return total / os.sysconf("SC_CLK_TCK")


def wait_until_quiet(cpus, limit_seconds):
    end = time.time() + limit_seconds
    while time.time() < end:
        before = busy_seconds(cpus)
        time.sleep(1)
        if busy_seconds(cpus) - before < 0.06 * len(cpus):
            return


# --- running things -------------------------------------------------------------------------------

def placed(options, cpus):
    """Runs in the child before exec: pins it, and for open-loop runs may make it a FIFO task."""
    def place():
        os.sched_setaffinity(0, cpus)
        if options.fifo:
            os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))
    return place


def start(options, command, cpus, run_dir, log_name):
    with open(os.path.join(run_dir, log_name + ".log"), "wb") as log:
        return subprocess.Popen(command, cwd=run_dir, stdout=log, stderr=log, stdin=subprocess.DEVNULL,
                                preexec_fn=placed(options, cpus))


def stop(processes):
    for process in processes:
        process.send_signal(signal.SIGTERM)
    for process in processes:
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def canary_share(contender, path):
    """Asks 200 times over one connection; every answer must be 200. Returns the canary's part."""
    connection = http.client.HTTPConnection("127.0.0.1", contender.port, timeout=5)
    canary = 0
    for _ in range(200):
        connection.request("GET", path)
        answer = connection.getresponse()
        answer.read()
        if answer.status != 200:
            raise SystemExit(f"{contender.name}: status {answer.status} instead of 200")
        canary += answer.getheader("X-Version") == "canary"
    connection.close()
    return canary / 200


def require_free_port(port):
    with socket.socket() as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise SystemExit(f"something already listens on 127.0.0.1:{port}; stop it first")


def wait_for_port(contender, run_dir, limit_seconds=5):
    end = time.time() + limit_seconds
    while True:
        try:
            socket.create_connection(("127.0.0.1", contender.port), timeout=1).close()
            return
        except OSError:
            if time.time() > end or contender.process.poll() is not None:
                log = read(os.path.join(run_dir, contender.name + ".log"))
                raise SystemExit(f"{contender.name} does not listen on port {contender.port}; its last words:\n{log[-2000:]}")
            time.sleep(0.05)


def milliseconds(text):
    number, unit = re.match(r"([\d.]+)(us|ms|s|m)", text).groups()
    return float(number) * {"us": 1e-3, "ms": 1, "s": 1e3, "m": 6e4}[unit]


def load_command(options, port, seconds):
    url = f"http://127.0.0.1:{port}{options.path}"
    headers = BROWSER_HEADERS if options.headers == "browser" else []
    if options.rate:
        return [sys.executable, f"{HERE}/openloop.py", "--port", str(port), "--path", options.path,
                "--conns", str(options.conns), "--rate", str(options.rate), "--seconds", str(seconds)]
    extra = [word for header in headers for word in ("-H", header)]
    return ["wrk", "-t1", f"-c{options.conns}", f"-d{seconds}s", "--latency", *extra, url]


def parse_load(options, output):
    """-> requests answered, requests/s, p50 ms, p99 ms, text about failures"""
    if options.rate:
        answer = json.loads(output)
        bad = answer["lost"] + answer["unanswered"] + answer["not_2xx"] + answer["connect_failed"]
        return (answer["done"], answer["done"] / answer["seconds"], answer["p50_us"] / 1e3,
                answer["p99_us"] / 1e3, f"{bad} requests failed" if bad else "")
    done = int(re.search(r"(\d+) requests in", output).group(1))
    rate = float(re.search(r"Requests/sec:\s+([\d.]+)", output).group(1))
    p50 = milliseconds(re.search(r"^ +50% +(\S+)", output, re.M).group(1))
    p99 = milliseconds(re.search(r"^ +99% +(\S+)", output, re.M).group(1))
    return done, rate, p50, p99, "; ".join(re.findall(r"(Non-2xx.*|Socket errors.*)", output))


def run_load(options, port, seconds):
    command = load_command(options, port, seconds)
    done = subprocess.run(command, capture_output=True, text=True, preexec_fn=placed(options, options.load_cpus))
    if done.returncode:
        raise SystemExit(f"{command[0]} failed: {done.stderr or done.stdout}")
    return done.stdout


def measure(options, contender, origin, round_number):
    pid = contender.process.pid
    cpus = options.proxy_cpus | options.load_cpus | options.origin_cpus
    threads, ticks = thread_cpu_ns(pid), user_and_system(pid)
    origin_threads, busy, load = thread_cpu_ns(origin.pid), busy_seconds(cpus), resource.getrusage(resource.RUSAGE_CHILDREN)
    begin = time.time()
    output = run_load(options, contender.port, options.seconds)
    took = time.time() - begin
    load_after = resource.getrusage(resource.RUSAGE_CHILDREN)
    cpu = cpu_seconds_between(threads, thread_cpu_ns(pid))
    ticks_after = user_and_system(pid)
    own = (cpu + cpu_seconds_between(origin_threads, thread_cpu_ns(origin.pid))
           + load_after.ru_utime + load_after.ru_stime - load.ru_utime - load.ru_stime)
    foreign = max(0.0, (busy_seconds(cpus) - busy - own) / took)
    done, rate, p50, p99, failures = parse_load(options, output)
    done = max(done, 1)
    return dict(round=round_number, name=contender.name, requests=done, rate=rate, p50_ms=p50, p99_ms=p99,
                cpu_us=cpu / done * 1e6, user_us=(ticks_after[0] - ticks[0]) / done * 1e6,
                system_us=(ticks_after[1] - ticks[1]) / done * 1e6, utilisation=cpu / took,
                rss_mib=memory_kib(pid, "VmHWM") / 1024, foreign=foreign, failures=failures,
                clean=foreign < FOREIGN_CPU_MAX and not failures)


def idle_memory(contender, count, path):
    """RSS growth per keep-alive connection that has made one request and is now idle."""
    pid = contender.process.pid
    before = memory_kib(pid, "VmRSS")
    request = f"GET {path} HTTP/1.1\r\nHost: bench.example\r\n\r\n".encode()
    clients = []
    for _ in range(count):
        client = socket.create_connection(("127.0.0.1", contender.port))
        client.sendall(request)
        client.recv(65536)
        clients.append(client)
    time.sleep(2)  # Let the proxy give its buffers back.
    after = memory_kib(pid, "VmRSS")
    for client in clients:
        client.close()
    return (after - before) / count


# --- the table ------------------------------------------------------------------------------------

def summarise(rows, names, reference):
    by_round = {(row["round"], row["name"]): row for row in rows}
    table = []
    for name in names:
        mine = [row for row in rows if row["name"] == name]
        clean = [row for row in mine if row["clean"]]
        used = clean if len(clean) >= CLEAN_ROUNDS_MIN else mine
        pairs = [(by_round[row["round"], reference], row) for row in used]
        paired_clean = [pair for pair in pairs if pair[0]["clean"] and pair[1]["clean"]]
        enough = len(paired_clean) >= CLEAN_ROUNDS_MIN
        pairs = paired_clean if enough else pairs
        ratios = sorted(ref["cpu_us"] / row["cpu_us"] for ref, row in pairs if row["cpu_us"])
        tails = [row["p99_ms"] / ref["p99_ms"] for ref, row in pairs if row["p99_ms"]]
        medians = {key: statistics.median(row[key] for row in used if row[key] is not None)
                   if any(row[key] is not None for row in used) else None
                   for key in ("rate", "p50_ms", "p99_ms", "cpu_us", "user_us", "system_us", "utilisation", "rss_mib")}
        table.append(dict(medians, name=name, ratio=statistics.median(ratios), ratio_low=ratios[0],
                          ratio_high=ratios[-1], p99_ratio=statistics.median(tails) if tails else None,
                          clean=len(clean), all=len(mine), pairs=len(paired_clean), enough=enough,
                          failures=[row["failures"] for row in mine if row["failures"]]))
    return table


def print_table(options, table, reference):
    def number(value, digits):
        return "-" if value is None else f"{value:.{digits}f}"

    load = f"open loop {options.rate:g}/s" if options.rate else "closed loop"
    print(f"\n{load}  {options.conns} connections  path={options.path}  headers={options.headers}  reference={reference}")
    print(f"{'proxy':16}{'req/s':>8}{'p50 ms':>8}{'p99 ms':>8}{'us/req':>8}{'user':>6}{'sys':>6}{'req/cpu-s':>11}"
          f"{'util':>6}{'RSS MiB':>9}{'ratio':>8}{'low-high':>12}{'p99/ref':>9}{'pairs':>7}")
    for row in table:
        limited = "*" if not options.rate and row["utilisation"] < SATURATED_MIN else " "
        doubt = "" if row["enough"] else " ?"
        print(f"{row['name']:16}{row['rate']:8.0f}{number(row['p50_ms'], 2):>8}{number(row['p99_ms'], 2):>8}"
              f"{row['cpu_us']:8.2f}{row['user_us']:6.1f}{row['system_us']:6.1f}{1e6 / row['cpu_us']:11.0f}"
              f"{row['utilisation']:5.2f}{limited}{row['rss_mib']:9.1f}{row['ratio']:8.2f}"
              f"{row['ratio_low']:7.2f}-{row['ratio_high']:.2f}{number(row['p99_ratio'], 2):>9}"
              f"{row['pairs']:>4}/{row['all']}{doubt}")
        for failure in row["failures"][:2]:
            print(f"{'':16}FAILED: {failure}")
    print("* not saturated (the load side is the limit): its true ratio is at least the one shown.   ? fewer than "
          f"{CLEAN_ROUNDS_MIN} clean pairs: no verdict.")


def verdict(options, table):
    row = next((row for row in table if row["name"] == "splitter"), None)
    if not row or not (options.gate or options.gate_p99):
        return 0
    if not row["enough"] or row["failures"]:
        print("NO VERDICT: too few clean pairs, or failed requests")
        return 2
    missed = []
    if options.gate and row["ratio"] < options.gate:
        missed.append(f"requests per CPU-second {row['ratio']:.2f}x, wanted {options.gate:.2f}x")
    if options.gate_p99 and (row["p99_ratio"] is None or row["p99_ratio"] > options.gate_p99):
        missed.append(f"p99 {row['p99_ratio']}x, wanted at most {options.gate_p99:.2f}x")
    print("MISSED: " + "; ".join(missed) if missed else "GATE PASSED")
    return 1 if missed else 0


# --- command line ---------------------------------------------------------------------------------

def cpu_set(text):
    cpus = set()
    for part in text.split(","):
        low, _, high = part.partition("-")
        cpus |= set(range(int(low), int(high or low) + 1))
    return cpus


def parse_options():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--splitter", metavar="BINARY", help="kai-splitter; started as BINARY --config FILE")
    parser.add_argument("--config", metavar="FILE", help="its configuration instead of one worker, 90/10 to ports 9001/9002")
    parser.add_argument("--splitter-command", metavar="LINE", help="full command line instead of the two above")
    parser.add_argument("--port", type=int, default=8080, help="port the splitter listens on (default 8080)")
    parser.add_argument("--extra", action="append", default=[], metavar="NAME=PORT=LINE",
                        help="another contender, for example an older build; may be repeated")
    parser.add_argument("--peers", default="haproxy,nginx-split", help="comma-separated; 'none' for none")
    parser.add_argument("--reference", help="default: the first contender (haproxy)")
    parser.add_argument("--conns", type=int, default=64)
    parser.add_argument("--path", default="/", help="/ answers 12 bytes, /10k 10,240 bytes")
    parser.add_argument("--headers", choices=["minimal", "browser"], default="minimal")
    parser.add_argument("--rate", type=float, default=0, help="open loop at this rate per second instead of wrk")
    parser.add_argument("--fifo", action="store_true", help="with --rate: SCHED_FIFO for all, so that the scheduler's "
                        "slice on a shared CPU is not what gets measured (needs root)")
    parser.add_argument("--seconds", type=int, default=2, help="length of a slice")
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--proxy-cpus", type=cpu_set, default={0}, metavar="LIST")
    parser.add_argument("--load-cpus", type=cpu_set, default={1}, metavar="LIST")
    parser.add_argument("--origin-cpus", type=cpu_set, default={1}, metavar="LIST")
    parser.add_argument("--gate", type=float, metavar="RATIO", help="least ratio of the splitter")
    parser.add_argument("--gate-p99", type=float, metavar="RATIO", help="largest p99 of the splitter / reference")
    parser.add_argument("--idle", type=int, default=0, metavar="N", help="only measure memory of N idle connections")
    parser.add_argument("--json", metavar="FILE", help="append the raw slices, one JSON object a line")
    parser.add_argument("--run-dir", help="folder for sockets and logs (default: a temporary one)")
    parser.add_argument("--haproxy", default="haproxy")
    parser.add_argument("--nginx", default="nginx")
    options = parser.parse_args()
    if options.fifo and not options.rate:
        parser.error("--fifo is for --rate only: a saturated FIFO task starves its CPU")
    if options.rate and options.headers != "minimal":
        parser.error("--rate works with minimal headers only")
    return options


def choose_contenders(options, run_dir):
    known = peer_contenders(options, run_dir)
    chosen = [] if options.peers == "none" else [known[name] for name in options.peers.split(",")]
    if options.splitter_command:
        chosen.append(Contender("splitter", shlex.split(options.splitter_command), options.port))
    elif options.splitter:
        file = options.config or os.path.join(run_dir, "splitter.json")
        if not options.config:
            with open(file, "w") as output:
                json.dump(splitter_configuration(run_dir, options.port), output)
        command = [os.path.abspath(options.splitter), "--config", os.path.abspath(file)]
        chosen.append(Contender("splitter", command, options.port))
    for text in options.extra:
        name, port, line = text.split("=", 2)
        chosen.append(Contender(name, shlex.split(line), int(port)))
    if not chosen:
        raise SystemExit("nothing to compare")
    return chosen


def compare(options, contenders, origin):
    cpus = options.proxy_cpus | options.load_cpus | options.origin_cpus
    for contender in contenders:
        run_load(options, contender.port, 1)  # warm up
    rows = []
    for round_number in range(options.rounds):
        wait_until_quiet(cpus, 15)
        turn = round_number % len(contenders)
        for contender in contenders[turn:] + contenders[:turn]:
            rows.append(measure(options, contender, origin, round_number))
            if options.json:
                with open(options.json, "a") as file:
                    file.write(json.dumps(rows[-1]) + "\n")
    return rows


def main():
    options = parse_options()
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    temporary = None if options.run_dir else tempfile.TemporaryDirectory(prefix="splitter-bench-")
    run_dir = os.path.abspath(options.run_dir or temporary.name)
    os.makedirs(run_dir, exist_ok=True)
    os.chmod(run_dir, 0o755)  # nginx workers may run as another user
    contenders = choose_contenders(options, run_dir)
    reference = options.reference or contenders[0].name
    for port in [9001, 9002] + [contender.port for contender in contenders]:
        require_free_port(port)
    started = []
    try:
        origin = start(options, [options.nginx, "-p", run_dir, "-e", "stderr", "-c", f"{HERE}/origin.conf"],
                       options.origin_cpus, run_dir, "origin")
        started.append(origin)
        wait_for_port(Contender("origin", [], 9002, origin), run_dir)
        for contender in contenders:
            contender.process = start(options, contender.command, options.proxy_cpus, run_dir, contender.name)
            started.append(contender.process)
            wait_for_port(contender, run_dir)
            share = canary_share(contender, options.path)
            print(f"{contender.name}: answers, canary share {share:.1%} of 200", flush=True)
        if options.idle:
            for contender in contenders:
                print(f"{contender.name:16}{idle_memory(contender, options.idle, options.path):8.2f} KiB per idle connection")
            return 0
        rows = compare(options, contenders, origin)
    finally:
        stop(started)
        if temporary:
            temporary.cleanup()
    table = summarise(rows, [contender.name for contender in contenders], reference)
    print_table(options, table, reference)
    return verdict(options, table)


if __name__ == "__main__":
    sys.exit(main())
