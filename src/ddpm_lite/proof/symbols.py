"""What LaTeX's commands look like, for the report's MathML."""

from __future__ import annotations

from .vocabulary import GREEK, UNICODE

GREEK_LETTER = {name: c for c, name in UNICODE.items() if name in GREEK}
GREEK_LETTER |= {"varepsilon": "ε", "epsilon": "ϵ", "varphi": "φ", "phi": "ϕ"}
GREEK_LETTER |= {"vartheta": "ϑ", "ell": "ℓ", "hbar": "ℏ"}
IGNORED = {
    "displaystyle", "textstyle", "limits", "nolimits", "nonumber", "notag", "hfill",
    "middle", "noindent", "hline", "mathop", "mathbin", "mathrel", "ensuremath", "not",
    "scriptstyle", "mathstrut", "strut", "allowbreak", "small", "large", "vphantom",
}  # fmt: skip
DROPPED = {"label", "tag", "color", "hspace", "vspace", "phantom", "hphantom", "ref"}
TEXTS = {
    "text", "textrm", "textbf", "textit", "mbox", "hbox", "textnormal", "intertext",
}  # fmt: skip
PLAIN = {"mathrm", "operatorname", "mathsf", "mathtt", "mathit", "rm"}
BOXES = {"boxed": "box", "fbox": "box", "cancel": "gone", "bcancel": "gone",
         "underline": "under"}  # fmt: skip
OPERATORS = {
    "sum": "∑", "prod": "∏", "int": "∫", "iint": "∬", "iiint": "∭", "oint": "∮",
    "cdot": "⋅", "times": "×", "odot": "⊙", "otimes": "⊗", "oplus": "⊕", "pm": "±",
    "mp": "∓", "ast": "∗", "star": "⋆", "circ": "∘", "bullet": "•", "le": "≤",
    "leq": "≤", "leqslant": "⩽", "ge": "≥", "geq": "≥", "geqslant": "⩾", "ne": "≠",
    "neq": "≠", "lt": "<", "gt": ">", "ll": "≪", "gg": "≫", "equiv": "≡",
    "approx": "≈", "simeq": "≃", "cong": "≅", "sim": "∼", "propto": "∝",
    "varpropto": "∝", "coloneqq": "≔", "triangleq": "≜", "doteq": "≐", "in": "∈",
    "notin": "∉", "ni": "∋", "subset": "⊂", "subseteq": "⊆", "cup": "∪", "cap": "∩",
    "forall": "∀", "exists": "∃", "to": "→", "rightarrow": "→", "leftarrow": "←",
    "longrightarrow": "⟶", "longleftarrow": "⟵", "Rightarrow": "⇒", "Leftarrow": "⇐",
    "Leftrightarrow": "⇔", "iff": "⇔", "implies": "⇒", "Longrightarrow": "⇒",
    "leftrightarrow": "↔", "mapsto": "↦", "uparrow": "↑", "downarrow": "↓",
    "Downarrow": "⇓", "therefore": "∴", "because": "∵", "perp": "⊥", "ldots": "…",
    "dots": "…", "dotsc": "…", "dotsb": "⋯", "cdots": "⋯", "vdots": "⋮", "ddots": "⋱",
    "infty": "∞", "nabla": "∇", "partial": "∂", "top": "⊤", "intercal": "⊺",
    "prime": "′", "emptyset": "∅", "varnothing": "∅", "mid": "∣", "parallel": "∥",
    "colon": ":",    "%": "%", "&": "&", "#": "#", "$": "$", "_": "_",
}  # fmt: skip
FENCES = {
    "|": "‖", "lVert": "‖", "rVert": "‖", "Vert": "‖", "lvert": "|", "rvert": "|",
    "vert": "|", "{": "{", "}": "}", "lbrace": "{", "rbrace": "}", "langle": "⟨",
    "rangle": "⟩", "lbrack": "[", "rbrack": "]", "lfloor": "⌊", "rfloor": "⌋",
    "lceil": "⌈", "rceil": "⌉", "lparen": "(", "rparen": ")", "mid": "∣",
}  # fmt: skip
FUNCTION_NAMES = {
    **{n: n for n in (
        "log", "ln", "exp", "max", "min", "sup", "inf", "lim", "det", "arg", "sin",
        "cos", "tanh", "tr", "Tr", "Pr", "dim", "lg",
    )},
    "argmax": "arg max", "argmin": "arg min",
}  # fmt: skip
LIMITS = {"sum", "prod", "max", "min", "sup", "inf", "lim", "argmax", "argmin"}
SPACES = {
    "quad": "1em", "qquad": "2em", ",": ".17em", ":": ".22em", ";": ".28em",
    "!": "-.17em", " ": ".25em", ">": ".22em", "enspace": ".5em", "enskip": ".5em",
    "thinspace": ".17em", "\n": ".25em",
}  # fmt: skip
ACCENTS = {
    "bar": "¯", "overline": "‾", "hat": "^", "widehat": "^", "tilde": "~",
    "widetilde": "~", "dot": "˙", "ddot": "¨", "vec": "→", "check": "ˇ", "breve": "˘",
    "mathring": "˚",
}  # fmt: skip
VARIANT = {
    "mathbf": "bold", "boldsymbol": "bold", "bm": "bold", "pmb": "bold",
    "symbf": "bold", "bf": "bold", "mathcal": "script", "mathscr": "script",
    "mathbb": "double", "mathbbm": "double", "mathds": "double", "mathfrak": "fraktur",
}  # fmt: skip
_HOLES = {
    ("script", "B"): "ℬ", ("script", "E"): "ℰ", ("script", "F"): "ℱ",
    ("script", "H"): "ℋ", ("script", "I"): "ℐ", ("script", "L"): "ℒ",
    ("script", "M"): "ℳ", ("script", "R"): "ℛ", ("script", "e"): "ℯ",
    ("script", "g"): "ℊ", ("script", "o"): "ℴ", ("double", "C"): "ℂ",
    ("double", "H"): "ℍ", ("double", "N"): "ℕ", ("double", "P"): "ℙ",
    ("double", "Q"): "ℚ", ("double", "R"): "ℝ", ("double", "Z"): "ℤ",
    ("fraktur", "C"): "ℭ", ("fraktur", "H"): "ℌ", ("fraktur", "I"): "ℑ",
    ("fraktur", "R"): "ℜ", ("fraktur", "Z"): "ℨ",
}  # fmt: skip
_START = {"script": (0x1D49C, 0x1D4B6), "double": (0x1D538, 0x1D552),
          "fraktur": (0x1D504, 0x1D51E)}  # fmt: skip


def letter(c: str, variant: str) -> str:
    """One letter or digit in a variant of the alphabet, as an element."""
    if c.isdigit():
        return f'<mn class="bold">{c}</mn>' if variant == "bold" else f"<mn>{c}</mn>"
    if variant == "bold":
        return f'<mi mathvariant="normal" class="bold">{c}</mi>'
    if (variant, c) in _HOLES:
        return f"<mi>{_HOLES[variant, c]}</mi>"
    upper, lower = _START[variant]
    code = upper + ord(c) - 65 if c.isupper() else lower + ord(c) - 97
    return f"<mi>{chr(code)}</mi>"
