"""`make reproduce` sees it when README's picture is no longer what is drawn."""

import numpy as np
import pytest
from PIL import Image

import picture


def test_readme_says_how_its_picture_is_drawn():
    name, command = picture.told((picture.ROOT / "README.md").read_text("utf-8"))
    assert (picture.ROOT / name).is_file()
    assert command[:3] == ["sample", "--count", "100"]
    with pytest.raises(SystemExit, match="no picture"):
        picture.told("![A picture](x.png)\n\nand no command")


@pytest.mark.parametrize(("other", "code"), [(0, 0), (10, 0), (11, 1), (100, 1)])
def test_more_than_ten_other_digits_are_another_picture(
    other, code, monkeypatch, capsys
):
    """Digits moved by one pixel are others; noise of a grey level is the same digit."""

    def draw(command):
        name, _ = picture.told((picture.ROOT / "README.md").read_text("utf-8"))
        levels = np.asarray(Image.open(picture.ROOT / name).convert("L")).copy()
        side = min(levels.shape) // 10
        for k in range(other):
            y, x = side * (k // 10), side * (k % 10)
            tile = levels[y : y + side, x : x + side]
            tile[:] = np.roll(tile, 1, 1)
        noise = np.random.default_rng(0).integers(-1, 2, levels.shape)
        levels = np.clip(levels.astype(int) + noise, 0, 255).astype(np.uint8)
        Image.fromarray(levels).save(command[command.index("--out") + 1])
        return 0

    monkeypatch.setattr(picture, "main", draw)
    assert picture.check() == code
    assert ("agrees" in capsys.readouterr().out) == (code == 0)
