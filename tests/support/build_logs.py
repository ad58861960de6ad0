"""Logs of builds as a GitHub runner writes them: made up, small, and real in their shape."""
import itertools

START = 1_760_000_000


def stamped(lines, at=START):
    from datetime import datetime, timezone
    out = []
    for n, line in enumerate(lines):
        moment = datetime.fromtimestamp(at + n * 0.25, timezone.utc)
        out.append(moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond:06d}0Z {line}")
    return "\n".join(out) + "\n"


def set_up():
    return ["Current runner version: '2.330.0'", "##[group]Operating System", "Ubuntu", "24.04.1", "LTS", "##[endgroup]",
            "##[group]Run actions/checkout@v4", "with:", "  repository: acme/web", "##[endgroup]", "Syncing repository: acme/web",
            "##[group]Run pip install -r requirements.txt", "pip install -r requirements.txt", "shell: /usr/bin/bash -e {0}", "##[endgroup]",
            "Collecting pytest==8.3.4", "Installing collected packages: pytest", "Successfully installed pytest-8.3.4"]


def passing_pytest(tests=6):
    return stamped(set_up() + ["##[group]Run pytest", "pytest", "shell: /usr/bin/bash -e {0}", "##[endgroup]",
                               "============================= test session starts ==============================",
                               f"collected {tests} items", ""]
                   + [f"tests/test_shop.py::test_case_{n} PASSED" for n in range(tests)]
                   + ["", f"============================== {tests} passed in 0.31s ==============================="])


def failing_pytest(error="KeyError: 'price'", test="test_total", file="src/cart.py", line=12, function="total", extra=()):
    """A traceback out of `file`; extra: lines printed before the tests."""
    lines = set_up() + list(extra)
    lines += ["##[group]Run pytest", "pytest", "shell: /usr/bin/bash -e {0}", "##[endgroup]",
              "============================= test session starts ==============================", "collected 6 items", ""]
    lines += [f"tests/test_shop.py::test_case_{n} PASSED" for n in range(5)]
    lines += [f"tests/test_shop.py::{test} FAILED", "",
              "=================================== FAILURES ===================================",
              f"__________________________________ {test} __________________________________", "",
              f"    def {test}():", f">       assert {function}([{{}}]) == 0", "",
              "tests/test_shop.py:21: ", "_ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _ _", "",
              f"    def {function}(items):", f">       return sum(item['price'] for item in items)", f"E       {error}", "",
              f"{file}:{line}: {error.split(':')[0]}",
              "=========================== short test summary info ============================",
              f"FAILED tests/test_shop.py::{test} - {error}",
              "========================= 1 failed, 5 passed in 0.42s ==========================",
              "##[error]Process completed with exit code 1."]
    return stamped(lines)


def failing_compile(name="basket", file="src/basket.cpp", line=31):
    lines = ["##[group]Run cmake --build build", "cmake --build build", "##[endgroup]", "[1/3] Building CXX object CMakeFiles/shop.dir/src/cart.cpp.o",
             "[2/3] Building CXX object CMakeFiles/shop.dir/src/basket.cpp.o", "FAILED: CMakeFiles/shop.dir/src/basket.cpp.o",
             f"{file}:{line}:12: error: use of undeclared identifier '{name}'", f"   {line} |     return {name}.size();", "      |            ^", "1 error generated.",
             "ninja: build stopped: subcommand failed.", "##[error]Process completed with exit code 1."]
    return stamped(lines)


def failing_lint():
    return stamped(["##[group]Run npx eslint .", "npx eslint .", "##[endgroup]", "", "/home/runner/work/web/web/src/app.js",
                    "  3:7  error  'total' is assigned a value but never used  no-unused-vars", "", "✖ 1 problem (1 error, 0 warnings)", "",
                    "##[error]Process completed with exit code 1."])


DISTINCT = ("KeyError: 'price'", "AttributeError: 'NoneType' object has no attribute 'total'", "ZeroDivisionError: division by zero",
            "IndexError: list index out of range", "TypeError: unsupported operand type(s) for +: 'int' and 'str'",
            "ValueError: invalid literal for int() with base 10: 'x'")


def distinct_failures():
    """Logs without end, each of another pattern of failure."""
    words = ("cart", "order", "invoice", "stock", "basket", "refund", "address", "coupon", "parcel", "ledger", "voucher", "tax")
    for n in itertools.count():
        word = words[n % len(words)] + "x" * (n // len(words))
        yield failing_pytest(error=DISTINCT[n % len(DISTINCT)], test=f"test_{word}", file=f"src/{word}.py", function=f"sum_{word}")
