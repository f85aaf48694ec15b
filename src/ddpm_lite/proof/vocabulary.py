r"""LaTeX's words: which command is a letter, a relation, a mark, or mere looks.

The tables say what each name is for the lexer; they know nothing of the mathematics.
"""

from __future__ import annotations

import re

# -- letters and signs -------------------------------------------------------------
GREEK = [
    "alpha", "beta", "gamma", "delta", "epsilon", "zeta", "eta", "theta", "iota",
    "kappa", "lambda", "mu", "nu", "xi", "pi", "rho", "sigma", "tau", "upsilon", "phi",
    "chi", "psi", "omega", "Gamma", "Delta", "Theta", "Lambda", "Xi", "Pi", "Sigma",
    "Phi", "Psi", "Omega", "ell", "hbar",
]  # fmt: skip
VARIANTS = {
    "varepsilon": "epsilon", "vartheta": "theta", "varphi": "varphi",
    "varsigma": "sigma", "varrho": "rho",
}  # fmt: skip
CLAIMS = {"=", ":=", "<=", ">=", "<", ">", "<<", ">>", "!=", "~=", "propto", "~"}
UNICODE = {
    **dict(zip("αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ", GREEK[:-2], strict=True)),
    "ϵ": "epsilon",
    "ϕ": "phi",
}
UNICODE_OTHER = {
    "−": ("op", "-"), "·": ("op", "cdot"), "×": ("op", "times"), "∗": ("op", "times"),
    "≤": ("rel", "<="), "≥": ("rel", ">="), "≈": ("rel", "~="), "∝": ("rel", "propto"),
    "∼": ("rel", "~"), "≠": ("rel", "!="), "≡": ("rel", "="), "⇒": ("rel", "=>"),
    "→": ("rel", "->"), "∑": ("big", "sum"), "∏": ("big", "prod"), "∫": ("int", "1"),
    "∞": ("infty", "∞"), "∇": ("nabla", "∇"), "‖": ("||", "‖"), "∥": ("||", "∥"),
    "…": ("dots", "…"), "⋯": ("dots", "⋯"), "√": ("cmd", "sqrt"), "ℕ": ("id", "N"),
    "𝔼": ("fn", "E"), "𝒩": ("id", "N"), "⊤": ("top", "⊤"), "，": (",", ","),
    "（": ("(", "("), "）": (")", ")"), "∣": ("|", "|"), "∋": ("rel", "in"),
    "∈": ("rel", "in"), "∴": ("rel", "=>"), "ℒ": ("id", "L"), "½": ("num", "0.5"),
}  # fmt: skip
CIRCLED = range(0x2460, 0x2500)  # ①, Ⓐ: marks beside a formula

# -- looks: what leaves no token, or only a space -------------------------------------
SPACES = {",", ";", "!", ":", ">", " ", "thinspace", "enspace", "medspace", "\n"}
QUADS = {"quad", "qquad", "enskip"}
IGNORED = {
    "limits", "nolimits", "displaystyle", "textstyle", "scriptstyle", "nonumber",
    "notag", "hfill", "middle", "noindent", "hline", "allowbreak", "relax", "mathstrut",
    "strut", "normalsize", "small", "large", "vdots", "ddots", "scriptscriptstyle",
}  # fmt: skip
SIZES = re.compile(r"(?:[bB]igg?|[bB]igg)([lrm]?)$")
SKIP_GROUP = {
    "hspace", "vspace", "phantom", "hphantom", "vphantom", "label", "tag", "color",
    "mspace", "kern", "ref", "eqref", "cite", "htmlId", "htmlClass", "tag*", "hspace*",
    "vspace*", "footnote", "footnotemark",
}  # fmt: skip
FONTS = {
    "mathbf", "boldsymbol", "bm", "mathrm", "mathit", "mathcal", "mathbb", "mathsf",
    "mathscr", "mathfrak", "pmb", "bf", "rm", "mathtt", "symbf", "vec", "mathnormal",
    "operatorname", "operatorname*", "boldmath", "bs", "mit", "mathbbm", "mathds",
    "bold", "symbb", "symcal",
}  # fmt: skip
BLACKBOARD = {"mathbb", "mathbbm", "mathds", "symbb"}
TEXTS = {
    "text", "textrm", "textbf", "textit", "mbox", "hbox", "textnormal", "intertext",
    "shortintertext", "textsf", "texttt", "textsc", "textcircled", "emph", "circled",
}  # fmt: skip
MARKS = {
    "bar": "bar", "overline": "bar", "hat": "hat", "widehat": "hat", "tilde": "tilde",
    "widetilde": "tilde", "dot": "dot", "check": "check", "breve": "breve",
    "mathring": "ring", "ddot": "ddot",
}  # fmt: skip

# -- structure --------------------------------------------------------------------
TRANSPARENT = {
    "underline", "cancel", "bcancel", "xcancel", "boxed", "fbox", "mathop", "mathbin",
    "mathrel", "mathord", "ensuremath", "smash", "mathstrut", "mathopen", "mathclose",
    "mathinner", "framebox", "colorbox", "hbox", "bbox", "overbracket",
}  # fmt: skip
STRUCTURE = {
    "frac", "dfrac", "tfrac", "cfrac", "sqrt", "underbrace", "overbrace", "overset",
    "underset", "stackrel", "textcolor", "binom", "begin", "end", "substack",
    "xrightarrow", "xleftarrow", "xRightarrow", "over", "sfrac", "nicefrac",
}  # fmt: skip

# -- signs: the kind of token, and its text -------------------------------------------
SIGNS = {
    "sum": ("big", "sum"), "prod": ("big", "prod"), "int": ("int", "1"),
    "iint": ("int", "2"), "iiint": ("int", "3"), "cdot": ("op", "cdot"),
    "times": ("op", "times"), "odot": ("op", "cdot"), "bullet": ("op", "cdot"),
    "ast": ("op", "cdot"), "top": ("top", r"\top"), "intercal": ("top", r"\intercal"),
    **{n: ("dots", "\\" + n)
       for n in ("cdots", "ldots", "dots", "dotsc", "dotsb", "dotsm")},
    **{n: (n, "\\" + n)
       for n in ("infty", "nabla", "partial", "prime", "star")},
    "emptyset": ("emptyset", "\\emptyset"), "varnothing": ("emptyset", "\\emptyset"),
}  # fmt: skip

# -- relations, functions, brackets ---------------------------------------------------
RELATIONS = {
    "equiv": "=", "coloneqq": ":=", "triangleq": ":=", "doteq": ":=", "approx": "~=",
    "simeq": "~=", "cong": "~=", "propto": "propto", "varpropto": "propto", "sim": "~",
    "ge": ">=", "geq": ">=", "geqslant": ">=", "le": "<=", "leq": "<=",
    "leqslant": "<=", "gt": ">", "lt": "<", "gg": ">>", "ll": "<<", "ne": "!=",
    "neq": "!=", "to": "->", "rightarrow": "->", "longrightarrow": "->",
    "Rightarrow": "=>", "implies": "=>", "Longrightarrow": "=>", "iff": "<=>",
    "Leftrightarrow": "<=>", "Longleftrightarrow": "<=>", "therefore": "=>",
    "because": "because", "downarrow": "->", "uparrow": "<-", "leftarrow": "<-",
    "longleftarrow": "<-", "Downarrow": "=>", "Leftarrow": "<=>", "mapsto": "->",
    "in": "in", "notin": "in", "forall": "forall", "exists": "forall", "gtrsim": "~=",
    "lesssim": "~=", "gneq": ">", "overset=": "=", "leftrightarrow": "<=>",
    "leftarrowtail": "<-", "hookrightarrow": "->", "vdash": "=>", "perp": "perp",
    "coloneq": ":=", "eqqcolon": ":=", "subset": "in", "subseteq": "in", "ni": "in",
    "qed": "end", "leadsto": "->", "rightsquigarrow": "->", "impliedby": "<=>",
    "defeq": ":=", "eqdef": ":=", "coloneqq*": ":=", "succeq": ">=", "preceq": "<=",
    "asymp": "~=",
}  # fmt: skip
FUNCTIONS = {
    "log": "log", "ln": "log", "exp": "exp", "det": "det", "max": "max", "min": "min",
    "arg": "arg", "argmax": "argmax", "argmin": "argmin", "lim": "lim", "sup": "max",
    "inf": "min", "lg": "log", "tr": "tr", "Tr": "tr", "cos": "cos", "sin": "sin",
    "tanh": "tanh", "E": "E", "Pr": "P",
}  # fmt: skip
DELIMITERS = {
    "lVert": ("||", "L"), "rVert": ("||", "R"), "Vert": ("||", ""), "|": ("||", ""),
    "parallel": ("||", ""), "lvert": ("|", "L"), "rvert": ("|", "R"), "vert": ("|", ""),
    "mid": ("mid", ""), "{": ("\\{", ""), "}": ("\\}", ""), "lbrace": ("\\{", ""),
    "rbrace": ("\\}", ""), "lbrack": ("[", ""), "rbrack": ("]", ""),
    "langle": ("<(", ""), "rangle": (")>", ""), "lparen": ("(", ""),
    "rparen": (")", ""), "lfloor": ("?", ""), "rfloor": ("?", ""), "lceil": ("?", ""),
    "rceil": ("?", ""), "mvert": ("mid", ""), "divides": ("mid", ""),
}  # fmt: skip
WORDS = {
    "ELBO", "LOSS", "Loss", "loss", "KL", "SNR", "Var", "Cov", "argmax", "argmin",
    "VLB", "Const", "const", "constant", "NeuralNet", "UNet", "Unet", "MLP", "Network",
    "NN", "log", "exp", "ln", "MSE", "simple", "Net", "diag", "Dir", "Mult", "Uniform",
    "Unif", "snr", "JSD", "Tr", "tr", "VAE", "DDPM", "Law", "digamma", "trigamma",
    "arg", "max", "min", "bits", "dim",
}  # fmt: skip
ENVIRONMENTS = {
    "align", "aligned", "gather", "gathered", "equation", "split", "array", "eqnarray",
    "multline", "flalign", "alignat", "alignedat", "displaymath", "math", "dmath",
    "empheq", "subequations", "center",
}  # fmt: skip
CASES = {"cases", "dcases", "rcases"}
