//! Modules of the library work, whether they are imported before calls or in them.

use serde_json::json;

use crate::result;

#[tokio::test]
async fn usual_modules_work() {
    for (source, expected) in [
        (
            "import json\nreturn json.loads(json.dumps({'a': [1, 2.5, None, True, 'é']}))",
            json!({"a": [1, 2.5, null, true, "é"]}),
        ),
        (
            "import re\nreturn [re.sub(r'(\\d+)', lambda m: str(int(m[1]) + 1), 'a1b22'), re.findall('[a-z]+', 'ab cd'), re.match(r'(?P<x>\\w)', 'q')['x']]",
            json!(["a2b23", ["ab", "cd"], "q"]),
        ),
        (
            "import math\nreturn [math.floor(-1.5), math.sqrt(16), math.inf > 1]",
            json!([-2, 4.0, true]),
        ),
        (
            "import string, textwrap\nreturn [string.Template('$a!').substitute(a=1), string.ascii_lowercase[:3], textwrap.shorten('hello world', 8)]",
            json!(["1!", "abc", "[...]"]),
        ),
        (
            "from collections import Counter, defaultdict, deque, namedtuple\nP = namedtuple('P', 'x y')\nreturn [Counter('aab').most_common(1), P(1, 2).y, list(deque([1, 2], 1))]",
            json!([[["a", 2]], 2, [2]]),
        ),
        (
            "import itertools, functools, operator\nreturn [list(itertools.accumulate([1, 2, 3])), functools.reduce(operator.mul, [2, 3, 4]), functools.lru_cache(lambda x: x)(5)]",
            json!([[1, 3, 6], 24, 5]),
        ),
        (
            "import hashlib, base64, hmac\nreturn [hashlib.sha256(b'a').hexdigest()[:8], hashlib.md5(b'').hexdigest()[:8], base64.b64encode(b'hi').decode(), hmac.new(b'k', b'm', 'sha256').hexdigest()[:8]]",
            json!(["ca978112", "d41d8cd9", "aGk=", "b60090e3"]),
        ),
        (
            "from decimal import Decimal\nfrom fractions import Fraction\nreturn [str(Decimal('1.10') + 1), str(Fraction(1, 3) + 1)]",
            json!(["2.10", "4/3"]),
        ),
        (
            "from dataclasses import dataclass, asdict, field\n@dataclass\nclass A:\n    a: int\n    b: list = field(default_factory=list)\nreturn asdict(A(1))",
            json!({"a": 1, "b": []}),
        ),
        (
            "from enum import Enum\nclass C(Enum):\n    A = 'a'\nreturn C('a').name",
            json!("A"),
        ),
        (
            "from typing import Optional\ndef f(x: Optional[int]) -> 'str': return x\nreturn f(1)",
            json!(1),
        ),
        (
            "from urllib.parse import urlencode, urlparse, quote\nreturn [urlencode({'a': 'b c'}), urlparse('http://x/y?z').path, quote('é')]",
            json!(["a=b+c", "/y", "%C3%A9"]),
        ),
        (
            "import statistics, bisect, heapq, copy\nh = [3, 1]\nheapq.heapify(h)\nreturn [statistics.mean([1, 2, 3]), bisect.bisect([1, 2], 1), h[0], copy.deepcopy([[1]])]",
            json!([2, 1, 1, [[1]]]),
        ),
        (
            "import html, ipaddress, unicodedata, csv, io\nreturn [html.escape('<'), ipaddress.ip_address('10.0.0.1').is_private, unicodedata.normalize('NFC', 'e\\u0301'), list(csv.reader(io.StringIO('a,b')))]",
            json!(["&lt;", true, "é", [["a", "b"]]]),
        ),
        (
            "import contextlib\n@contextlib.contextmanager\ndef c():\n    yield 1\nwith c() as x:\n    return x",
            json!(1),
        ),
        (
            "import calendar, uuid, pprint, graphlib, types, struct, array\nreturn [calendar.monthrange(2024, 2)[1], str(uuid.uuid5(uuid.NAMESPACE_DNS, 'a'))[:8], struct.pack('>H', 1).hex(), sum(array.array('i', [1, 2]))]",
            json!([29, "4f3f2898", "0001", 3]),
        ),
        (
            "return ['é😀'.encode('utf-16-le').hex(), b'\\xff\\xfeA\\x00'.decode('utf-16')]",
            json!(["e9003dd800de", "A"]),
        ),
        (
            "return [b'caf\\xe9'.decode('latin-1'), 'bücher'.encode('idna').decode(), 'a'.encode('ascii').hex()]",
            json!(["café", "xn--bcher-kva", "61"]),
        ),
        (
            "return ['€'.encode('cp1252').hex(), b'\\xa4'.decode('iso-8859-15'), b'\\xff\\xfe\\0\\0A\\0\\0\\0'.decode('utf-32')]",
            json!(["80", "€", "A"]),
        ),
        (
            "import os.path\nfrom os import path\nreturn [os.path.join('a', 'b'), path is os.path]",
            json!(["a/b", true]),
        ),
        (
            "import re\nreturn [re.match('(.)(y)?', 'x').expand(r'<\\1\\2>'), re.match(b'(?P<a>.)', b'x').expand(rb'\\g<a>').decode()]",
            json!(["<x>", "x"]),
        ),
        (
            "from typing import Protocol, runtime_checkable\n@runtime_checkable\nclass P(Protocol):\n    x: int\n    def m(self): ...\nclass A:\n    def __init__(self): self.x = 1\n    def m(self): pass\nreturn [isinstance(3, P), isinstance(A(), P)]",
            json!([false, true]),
        ),
        (
            "from collections import defaultdict\nfrom dataclasses import dataclass, asdict, fields\n@dataclass(frozen=True, slots=True)\nclass A:\n    a: dict\n    b: Missing = 1\n    def own(self): return __class__\ntry:\n    A({}).c = 1\nexcept Exception as e:\n    return [type(e).__name__, A({}).own() is A, asdict(A(defaultdict(list, c=[1]))), fields(A)[1].type.__forward_arg__]",
            json!(["FrozenInstanceError", true, {"a": {"c": [1]}, "b": 1}, "Missing"]),
        ),
        (
            "from __future__ import annotations\ndef handler(call):\n    return 1",
            json!(1),
        ),
    ] {
        assert_eq!(result(source).await, expected, "{source}");
    }
}

#[tokio::test]
async fn usual_modules_cost_next_to_nothing_to_import() {
    let fuel = async |source: &str| crate::run(source, "{}").await.metrics.fuel;
    let without = fuel("return 1").await;
    let with = fuel("import json, re, datetime, math, random, time, string, collections, itertools, functools, logging\nreturn 1").await;
    assert!(with - without < 500_000, "{}", with - without);
}
