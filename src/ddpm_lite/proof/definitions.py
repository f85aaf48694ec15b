"""What an equation only sets: a new name, a choice of model, a number, a condition."""

from __future__ import annotations

from fractions import Fraction

from . import dirichlet
from .conditions import assumed, inconsistent, schedule_chosen
from .context import (
    Context,
    bare_parameters,
    declared,
    definable,
    is_decoder,
    is_model_law,
    is_network,
    is_setting,
    name_parts,
    plain_law,
)
from .known import moved
from .names import Clock, describe, has_sub, is_time, role, time_index
from .networknames import told_to
from .tree import Call, Const, Density, Node, Normal, Num, Pow, Seq, Sym
from .verdict import Pair
from .walking import contains, walk


def definition(
    left: Node, relation: str, right: Node, context: Context, first: bool
) -> Pair | None:
    """A first equation for a new name defines it; a choice of number is a setting."""
    if relation not in ("=", ":=") or not first:
        if context.inline and first:
            taken = assumed(left, relation, right, set(context.known))
            if taken is not None:
                return taken
        if relation in ("<", ">", "<=", ">=", "!=") and condition(left, right):
            return Pair("defines", "settings", "a condition", "a range, not a claim")
        return None
    law = dirichlet.law(left, relation, right, context.known)
    if law is not None:
        if law.key is not None:
            context.known[law.key] = right
        return law.pair
    if dirichlet.explains(left, context.known):
        return None
    misfit = inconsistent(left, right)
    if misfit is not None:
        return misfit
    if left == Sym("t") and is_time(right, Clock()):
        if context.inline:
            context.when = (context.moment(right),)
        return Pair("defines", "settings", "a time is chosen")
    fresh = left not in context.known or context.inline
    if is_setting(left, right) and fresh:
        return Pair("defines", "settings", "a value is chosen")
    if schedule_chosen(left, right):
        return Pair("defines", "settings", "a condition", "a schedule is chosen")
    if context.inline:
        taken = assumed(left, relation, right, set(context.known))
        if taken is not None:
            return taken
    if chosen_names(left, right) or (context.inline and bare(left) and bare(right)):
        return Pair("defines", "settings", "a condition", "two names are set equal")
    if is_model_law(left) and is_decoder(right):
        return Pair("defines", "algebra", "a choice of model", "a law of pixel values")
    if is_model_law(left) and bare_parameters(right):
        assert isinstance(left, Density)
        _fix_variance(right, context)
        mean = right.mean if isinstance(right, Normal) else right
        name = mean.head if isinstance(mean, Call) else mean
        own = isinstance(name, Sym) and role(name) == "model_mean"
        if isinstance(mean, Sym | Call) and own_mean(left, mean):
            context.known[mean] = Call(Sym("mu", subs=(Sym("theta"),)), left.given)
            own = True
        further = isinstance(mean, Call) and told_to(mean)[-1]
        context.model = None if own and not further else right
        return Pair("defines", "algebra", "a choice of model")
    if declared(left, right, context):
        return Pair("defines", "algebra", "a law is chosen")
    if own_names(left, right, context):
        return Pair("defines", "names", "new names", "for its mean and variance")
    if is_network(left, right) or is_learned_spread(left, right):
        return Pair("defines", "algebra", "a choice of model", "what the network says")
    if is_guided(left, right) and left not in context.guided:
        context.guided.add(left)
        return Pair("defines", "algebra", "a choice of model", "answers are mixed")
    if not definable(left) or contains(right, Const):
        return None
    listed = isinstance(context.known.get(left), Seq) and not isinstance(right, Seq)
    if (left in context.loose and context.inline) or listed:
        context.known.pop(left, None)
    if any(left == k or moved(k, left) for k in context.known):
        return None
    if left in set(walk(right)):
        return Pair("unknown", why="a new name that is explained by itself")
    context.known[left] = right
    if context.inline:
        context.loose.add(left)
    assert isinstance(left, Sym | Call)
    called = describe(left if isinstance(left, Sym) else left.head)
    return Pair("defines", "names", "a new name", f"{called} is defined here")


def is_learned_spread(left: Node, right: Node) -> bool:
    r"""``\Sigma_\theta(x_t, t) = \sigma_t^2 I``: how the model's variance is set."""
    if isinstance(left, Pow):
        left = left.base

    def learned(n: Node) -> bool:
        name = n.head if isinstance(n, Call) else n
        return (
            isinstance(name, Sym)
            and role(name) in ("model_std", "model_var")
            and has_sub(name, "theta")
        )

    return learned(left) and not any(learned(n) for n in walk(right))


def is_guided(left: Node, right: Node) -> bool:
    r"""``\tilde\epsilon_\theta(x_t, t, y)``: a mixture of a network's answers."""
    if not isinstance(left, Call) or not role(left.head).startswith("model_"):
        return False
    asked = {n for n in walk(right) if isinstance(n, Call) and role(n.head)}
    kinds = {role(n.head) for n in asked}
    other = all(n.head != left.head for n in asked)
    return len(asked) > 1 and kinds == {role(left.head)} and other


def own_mean(law: Density, mean: Sym | Call) -> bool:
    """``u_\\theta(x_t, t)``: a letter of its own for the mean of the model's step."""
    head = mean if isinstance(mean, Sym) else mean.head
    step = len(law.of) == len(law.given) == 1 and is_time_step(law)
    return step and not role(head) and has_sub(head, "theta")


def is_time_step(law: Density) -> bool:
    """``p(x_{t-1} | x_t)``."""
    times = [
        time_index(v, Clock()) for v in (*law.of, *law.given) if isinstance(v, Sym)
    ]
    if len(times) != 2 or times[0] is None or times[1] is None:
        return False
    (a, m), (b, n) = times[0], times[1]
    return a == b != "" and n == m + 1


def own_names(left: Node, right: Node, context: Context) -> bool:
    """``q(x_{t-1}|x_t, x_0) = N(m, v)`` with a document's own m and v."""
    if not (isinstance(left, Density) and isinstance(right, Normal)):
        return False
    if left.head != Sym("q") or plain_law(left):
        return False
    told = any(v == Sym("x", subs=(Num(Fraction(0)),)) for v in left.given)
    return told and name_parts(left, right, context)


def bare(node: Node) -> bool:
    """A single letter without a role, perhaps squared."""
    if isinstance(node, Pow):
        node = node.base
    return (
        isinstance(node, Sym) and role(node) in ("", "model_std") and node.name != "x"
    )


def chosen_names(left: Node, right: Node) -> bool:
    """``x_{t-1} = x_0``, ``\\mu_\\theta = \\mu_q``: when it would be so."""
    sides = [n.head if isinstance(n, Call) else n for n in (left, right)]
    a, b = sides
    if not (isinstance(a, Sym) and isinstance(b, Sym)):
        return False
    if a.name == b.name == "x" and not a.marks and not b.marks:
        return True
    asked = [n for side in (left, right) if isinstance(side, Call) for n in side.args]
    if any(isinstance(n, Sym) and role(n) for arg in asked for n in walk(arg)):
        return False  # mu_q at what a network answers is a formula
    kinds = (role(a), role(b))
    model = [
        k.startswith("model_") and k not in ("model_std", "model_var") for k in kinds
    ]
    return sum(model) == 1 and all(kinds)


def condition(left: Node, right: Node) -> bool:
    r"""``t \ge 2``, ``s < t``, ``1 \le t``: what is assumed, not a claim."""
    letters = [n for n in (left, right) if isinstance(n, Sym) and role(n) == ""]
    plain = all(isinstance(n, Sym | Num) or is_time(n, Clock()) for n in (left, right))
    return bool(letters) and (plain or is_setting(left, right))


def _fix_variance(law: Node, context: Context) -> None:
    if not isinstance(law, Normal):
        return
    for n in walk(law.cov):
        if isinstance(n, Sym):
            kind = role(n)
            if kind in ("posterior_std", "posterior_var"):
                context.variances = ("posterior",)
            elif kind == "beta":
                context.variances = ("beta",)
            elif kind in ("model_std", "model_var"):
                context.variances = ()
