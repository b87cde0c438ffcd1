# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is compiled: the text of NSA specs and of functions of one operation each, and the
arguments that each entry has beside q, k and v."""
import dataclasses
import hashlib


# Score regions: their lines after `scores(%s, %t, %u, %h, ...)`, and the learned numbers that they
# take. truth.py states each once more.
CAP = 20.0
SCORE_REGIONS = {
    "cap": ([f"%cap = arith.constant {CAP} : f32", "%x = arith.divf %s, %cap : f32",
             "%y = math.tanh %x : f32", "%z = arith.mulf %y, %cap : f32"], ()),
    "fast_cap": ([f"%cap = arith.constant {CAP} : f32", "%x = arith.divf %s, %cap : f32",
                  "%y = math.tanh %x fastmath<afn> : f32", "%z = arith.mulf %y, %cap : f32"], ()),
    "alibi": (["%tf = arith.sitofp %t : i32 to f32", "%uf = arith.sitofp %u : i32 to f32",
               "%d = arith.subf %uf, %tf : f32", "%b = arith.mulf %d, %slope : f32",
               "%z = arith.addf %s, %b : f32"], ("slope",)),
    "alibi_of_head": (["%one = arith.constant 1 : i32", "%n = arith.addi %h, %one : i32",
                       "%e = arith.sitofp %n : i32 to f32", "%half = arith.constant -0.5 : f32",
                       "%p = arith.mulf %e, %half : f32", "%slope = math.exp2 %p : f32",
                       "%d = arith.subi %u, %t : i32", "%df = arith.sitofp %d : i32 to f32",
                       "%b = arith.mulf %df, %slope : f32", "%z = arith.addf %s, %b : f32"], ()),
    "bias": (["%z = arith.addf %s, %bias : f32"], ("bias",)),
    "cap_and_bias": ([f"%cap = arith.constant {CAP} : f32", "%x = arith.divf %s, %cap : f32",
                      "%y = math.tanh %x : f32", "%c = arith.mulf %y, %cap : f32",
                      "%z = arith.addf %c, %bias : f32"], ("bias",)),
    "far_half": (["%near = arith.constant 48 : i32", "%d = arith.subi %t, %u : i32",
                  "%far = arith.cmpi sgt, %d, %near : i32", "%half = arith.constant 0.5 : f32",
                  "%less = arith.mulf %s, %half : f32", "%z = arith.select %far, %less, %s : f32"], ()),
}


def score_clause(region, operand):
    """` scores(...) {...}` of a region, or nothing; `operand(name)` is what a learned number is
    taken from."""
    if not region:
        return ""
    lines, learned = SCORE_REGIONS[region]
    arguments = ["%s", "%t", "%u", "%h", *(f"%{name} = {operand(name)}" for name in learned)]
    body = "".join(f"    {line}\n" for line in [*lines, "attn.score %z"])
    return f" scores({', '.join(arguments)}) {{\n{body}  }}"


@dataclasses.dataclass(frozen=True)
class Nsa:
    """The choices of one NSA spec. `phi` is what stands between the brackets of
    #attn.phi<..>; `own_kv` names the branches with keys and values of their own."""

    dk: int = 128
    dv: int = 128
    group: int = 16
    kv_heads: int = 4
    block: int = 32
    stride: int = 16
    select: int = 64
    count: int = 16
    initial: int = 1
    local: int = 2
    window: int = 512
    type: str = "bf16"
    phi: str = "mean"
    positions: bool = False
    gates: str = "logits"
    own_kv: tuple = ()
    scores: str = ""  # of SCORE_REGIONS, for every branch
    sinks: bool = False  # of every branch

    @property
    def heads(self):
        return self.group * self.kv_heads

    def text(self):
        end = (" sinks" if self.sinks else "") + score_clause(self.scores, lambda x: f'"{x}"')
        own = lambda branch: (" own_kv" if branch in self.own_kv else "") + end
        positions = " with_positions" if self.positions else ""
        return f"""\
attn.spec @nsa heads {self.heads} over {self.kv_heads} dims {self.dk} x {self.dv} of {self.type} gates {self.gates} {{
  attn.branch @compressed sees #attn.compressed<block = {self.block}, stride = {self.stride}> by #attn.phi<{self.phi}>{positions}{own("compressed")}
  attn.branch @selected sees #attn.selected<block = {self.select}> top {self.count} initial {self.initial} local {self.local} ranked by @compressed{own("selected")}
  attn.branch @window sees #attn.window<{self.window}>{own("window")}
}}
"""

    def branch_text(self, name):
        """A spec of one branch, of the kind of key set that it is called."""
        keys = {"causal": "#attn.causal", "full": "#attn.full", "window": f"#attn.window<{self.window}>",
                "compressed": f"#attn.compressed<block = {self.block}, stride = {self.stride}> by "
                f"#attn.phi<{self.phi}>" + (" with_positions" if self.positions else "")}[name]
        end = (" sinks" if self.sinks else "") + score_clause(self.scores, lambda x: f'"{x}"')
        return f"""\
attn.spec @one heads {self.heads} over {self.kv_heads} dims {self.dk} x {self.dv} of {self.type} {{
  attn.branch @{name} sees {keys}{end}
}}
"""

    def phi_parameters(self, dim):
        """Name and shape of phi's parameters for rows of `dim`, positions last."""
        heads, length = self.kv_heads, self.block
        kind = self.phi.split(",")[0]
        shapes = {
            "mean": {},
            "weighted": {"w": (heads, length)},
            "gated": {"u": (heads, dim), "c": (heads, length)},
            "linear": {"A": (heads, length, dim, dim)},
        }
        if kind == "mlp":
            hidden = self.phi_options()["hidden"]
            parameters = {"B1": (heads, length * dim, hidden), "b1": (heads, hidden),
                          "B2": (heads, hidden, dim), "b2": (heads, dim)}
        else:
            parameters = dict(shapes[kind])
        if self.positions:
            parameters["pos"] = (heads, length, dim)
        return parameters

    def phi_options(self):
        """`mlp, hidden = 24, activation = gelu` as a dict with `kind`."""
        kind, *rest = [part.strip() for part in self.phi.split(",")]
        options = {"kind": kind}
        for part in rest:
            name, value = [side.strip() for side in part.split("=")]
            options[name] = int(value) if value.isdigit() else value
        return options

    def compress_text(self, dim):
        """A function `compress` of the one operation, for rows of `dim`."""
        rows = f"tensor<?x{self.kv_heads}x{dim}x{self.type}>"
        tensor = lambda shape: "tensor<" + "x".join(map(str, shape)) + f"x{self.type}>"
        parameters = self.phi_parameters(dim)
        arguments = "".join(f'%{name}: {tensor(shape)} {{attn.name = "x_{name}"}}, '
                            for name, shape in parameters.items())
        weights = {n: s for n, s in parameters.items() if n != "pos"}
        clauses = ""
        if weights:
            clauses += (" params(" + ", ".join("%" + n for n in weights) + " : "
                        + ", ".join(map(tensor, weights.values())) + ")")
        if self.positions:
            clauses += f" positions(%pos : {tensor(parameters['pos'])})"
        return f"""\
func.func @compress(%x: {rows} {{attn.name = "x"}}, {arguments}%cu: tensor<?xi32> {{attn.name = "cu_seqlens"}}) -> ({rows} {{attn.name = "rows"}}) {{
  %rows = attn.compress %x by #attn.phi<{self.phi}> into #attn.compressed<block = {self.block}, stride = {self.stride}> over %cu{clauses} : {rows}, tensor<?xi32> -> {rows}
  return %rows : {rows}
}}
"""


@dataclasses.dataclass(frozen=True)
class Ranked(Nsa):
    """One selected branch whose blocks an index ranker ranks (MSA, QSA); what an Nsa says of
    compression, window and gates has no meaning here."""

    ranker: str = "max_index"  # or relu_index
    index_heads: int = 1  # per KV head
    index_key_heads: int = 1
    index_dim: int = 128
    pool: int = 1  # tokens per index key

    def text(self):
        kind = self.ranker + (f"<pool = {self.pool}>" if self.ranker == "relu_index" else "")
        return f"""\
attn.spec @ranked heads {self.heads} over {self.kv_heads} dims {self.dk} x {self.dv} of {self.type} {{
  attn.ranker @index heads {self.index_heads * self.kv_heads} over {self.index_key_heads} dim {self.index_dim} by #attn.{kind}
  attn.branch @selected sees #attn.selected<block = {self.select}> top {self.count} initial {self.initial} local {self.local} ranked by @index
}}
"""


def of_case(case):
    """The choices that a case holds as a dictionary."""
    return (Ranked if "ranker" in case["nsa"] else Nsa)(**case["nsa"])


def minimax_m3():
    """MSA in MiniMax-M3's shape."""
    return Ranked(select=128, count=16, initial=0, local=1)


@dataclasses.dataclass(frozen=True)
class Pages:
    """How a cache holds keys: in pages of `size` tokens, in `layout`, words of the spec language."""

    size: int = 64
    layout: str = ""

    @property
    def words(self):
        return " ".join(["pages", str(self.size), *self.layout.split()])

    def views(self, nsa):
        """Arguments of caches, and the operations that make %k and %v of them and of %table."""
        arguments = operations = ""
        interleaved, heads_first = (word in self.layout for word in ("interleaved", "heads_first"))
        for array, dim, first in (("k", nsa.dk, 0), ("v", nsa.dv, nsa.dk)):
            heads = [nsa.kv_heads, self.size] if heads_first else [self.size, nsa.kv_heads]
            sizes = "x".join(map(str, ["?", *heads, nsa.dk + nsa.dv if interleaved else dim]))
            cache, kind = "kv" if interleaved else array, f"tensor<{sizes}x{nsa.type}>"
            if array == "k" or not interleaved:
                arguments += f'%{cache}_cache: {kind} {{attn.name = "{cache}"}}, '
            words = (" heads_first" if heads_first else "") + (f" columns {first}" if interleaved else "")
            operations += (f"  %{array} = attn.gather_pages %{cache}_cache through %table{words} : {kind}, tensor<?xi32> "
                           f"-> tensor<?x{nsa.kv_heads}x{dim}x{nsa.type}>\n")
        return arguments, operations


def attend_text(nsa, name, keys, indices=0, schedule="", extends=False, few=False):
    """A function `name` of one attend that sees `keys`; with `indices` slots per list of
    chosen blocks where it takes lists, with a `schedule` where the compiler is not to
    choose, and where it `extends` with queries that are the last tokens of their sequences, whose
    keys are in Pages if these are given; with the kernels of a step of decoding where queries are
    few. Returns o and lse."""
    heads, kv, narrow = nsa.heads, nsa.kv_heads, nsa.type
    q = f"tensor<?x{heads}x{nsa.dk}x{narrow}>"
    k = f"tensor<?x{kv}x{nsa.dk}x{narrow}>"
    v = f"tensor<?x{kv}x{nsa.dv}x{narrow}>"
    o, lse = f"tensor<?x{heads}x{nsa.dv}x{narrow}>", f"tensor<?x{heads}xf32>"
    lists = f"tensor<?x{kv}x{indices}xi32>"
    argument = f', %indices: {lists} {{attn.name = "indices"}}' if indices else ""
    operand = f" indices(%indices : {lists})" if indices else ""
    numbers = f"tensor<{heads}xf32>"
    if nsa.sinks:
        argument += f', %sinks: {numbers} {{attn.name = "sinks"}}'
        operand += f" sinks(%sinks : {numbers})"
    for learned in SCORE_REGIONS[nsa.scores][1] if nsa.scores else ():
        argument += f', %{learned}s: {numbers} {{attn.name = "{learned}"}}'
    operand += score_clause(nsa.scores, lambda x: f"%{x}s : {numbers}")
    if schedule:
        operand += f" {{tile.schedule = #tile.schedule<{schedule}>}}"
    attributes = " attributes {attn.most_queries = 8 : i64}" if few else ""
    where, batch, batch_type = {"cu": "cu_seqlens"}, "", "tensor<?xi32>"
    caches, views = f'%k: {k} {{attn.name = "k"}}, %v: {v} {{attn.name = "v"}}, ', ""
    if extends:
        where = {"cu_q": "cu_seqlens_q", "cu_k": "cu_seqlens_k", "used": "seqused_k"}
        batch_type = "!attn.batch"
        batch = ("  %batch = attn.batch queries %cu_q keys %cu_k lengths %used : "
                 "tensor<?xi32>, tensor<?xi32>, tensor<?xi32>\n")
    if isinstance(extends, Pages):
        where["table"] = "block_table"
        caches, views = extends.views(nsa)
    sequences = ", ".join(f'%{value}: tensor<?xi32> {{attn.name = "{array}"}}' for value, array in where.items())
    return f"""\
func.func @{name}(%q: {q} {{attn.name = "q"}}, {caches}{sequences}{argument}) -> ({o} {{attn.name = "o"}}, {lse} {{attn.name = "lse"}}){attributes} {{
{batch}{views}  %o, %lse = attn.attend %q sees {keys} in %k, %v, %{"batch" if extends else "cu"}{operand} : {q}, {k}, {v}, {batch_type} -> {o}, {lse}
  return %o, %lse : {o}, {lse}
}}
"""


def key_sets(nsa):
    """What an attend of each kind sees, and how long its lists are."""
    return {
        "causal": ("#attn.causal", 0),
        "full": ("#attn.full", 0),
        "window": (f"#attn.window<{nsa.window}>", 0),
        "compressed": (f"#attn.compressed<block = {nsa.block}, stride = {nsa.stride}>", 0),
        "selected": (f"#attn.selected<block = {nsa.select}>", nsa.count),
    }


def extended_attend_text(nsa, kind, entry="extend", pages=None):
    """Two functions of one attend: of all queries, and of the last ones of sequences, behind keys in `pages` if these
    are given; with the kernels of a step of decoding where the `entry` is `decode`."""
    return "".join(attend_text(nsa, f"{kind}_{name}", *key_sets(nsa)[kind], extends=extends, few=name == "decode")
                   for name, extends in (("forward", False), (entry, pages or True)))


def with_entries(text, entries):
    """A spec's text that asks for these."""
    return text.replace(" {\n", f" entries {entries} {{\n", 1)


def attend_texts(nsa, portable=False):
    """Name and text of one function for each kind of key set, of `nsa`'s sizes; `portable`,
    with a schedule that fits the 168 registers of sm_80's threads where one is given."""
    return {
        **{kind: attend_text(nsa, kind, *keys) for kind, keys in key_sets(nsa).items()},
        # The fewest stages: a slot that is given back too early is soon written.
        "selected_by_warp": attend_text(
            nsa, "selected", f"#attn.selected<block = {nsa.select}>", nsa.count,
            f"tokens = 8, keys = {32 if portable else 64}, "
            "gpu = <stages = 2, products = warp, programs = head_by_head>"),
    }


def scored_specs(nsa):
    """Attends with score regions and sinks: what garbage.py calls them, beginning with their key
    set, and sizes. One region bounds scores, one does not, and reads learned numbers."""
    return {"causal capped": dataclasses.replace(nsa, scores="fast_cap", sinks=True),
            "window biased": dataclasses.replace(nsa, scores="cap_and_bias", sinks=True)}


def compress_specs():
    """Small sizes with each phi: their compress_text is what garbage.py runs."""
    phis = ("mean", "weighted", "gated", "linear", "mlp, hidden = 32, activation = silu")
    return [Nsa(dk=64, dv=64, phi=phi) for phi in phis]


def padded_specs():
    """Groups whose tokens take more rows than they have heads, and lists of no power of two; by
    what garbage.py calls them."""
    return {f"nsa_padded_{nsa.group}": nsa
            for nsa in (Nsa(dk=64, dv=64, group=12, kv_heads=2, count=9, window=64),
                        Nsa(dk=64, dv=64, group=3, kv_heads=2, count=33, window=64))}


# What delays.py runs beside the whole forward.
DELAYED_ATTENDS = ("causal", "window", "compressed", "selected", "selected_by_warp")


def file_name(text, fuse, aux, delays=False, save=""):
    """A file's name says what it was compiled from: text and options, hashed."""
    what = f"{text}|fuse={fuse}|aux={aux}" + ("|delays" if delays else "")
    what += f"|save={save}" if save else ""
    return hashlib.sha256(what.encode()).hexdigest()[:16]
