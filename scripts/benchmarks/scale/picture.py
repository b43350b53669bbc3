"""Draws how the figures grow."""
import matplotlib

matplotlib.use("svg")
import matplotlib.pyplot as plot

plot.rcParams |= {"svg.hashsalt": "sloop", "font.size": 9, "axes.spines.top": False, "axes.spines.right": False}
SHOWN = ["GetInstance", "GetInstances, a page", "GetMonthlyCost", "sloop cost", "sloop instance list", "start-up"]


def draw(sizes, years, path):
    figure, (left, middle, right) = plot.subplots(1, 3, figsize=(11, 3.4), layout="constrained")
    for axes, found, what in (left, sizes, "instances"), (middle, years, f"years of history, {max(sizes):,} instances"):
        for name in SHOWN:
            axes.plot(list(found), [figures[name] for figures in found.values()], marker=".", label=name)
        axes.set(xlabel=what, yscale="log", ylabel="milliseconds")
        axes.grid(alpha=0.3)
    left.set_xscale("log")
    right.plot(list(sizes), [figures["memory"] for figures in sizes.values()], marker=".", color="black", label="memory")
    right.set(xlabel="instances", ylabel="resident MB", ylim=(0, None))
    right.grid(alpha=0.3)
    figure.legend(*middle.get_legend_handles_labels(), loc="outside lower center", ncols=len(SHOWN), fontsize=8)
    figure.savefig(path, metadata={"Date": None})
