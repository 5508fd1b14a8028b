"""The figures of study A4."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import torch

from rediffuse.models.text2image.model import TextToImage
from rediffuse.plotting.cases import cells, enlargement
from rediffuse.plotting.figures import Panel, curves, grid, write_strip
from rediffuse.studies.a4_noise_schedules.params import Params
from rediffuse.studies.a4_noise_schedules.schedules import SCHEDULES, custom_schedule, own_betas
from rediffuse.studies.a4_noise_schedules.study import WAYS, Films, Result

LABELS = {"default": "default", "inverse_square": "inverse-square", "log_decay": "log-decay"}
POINTS = 21  # of a curve
COLUMNS = 8  # pictures of the grid's rows


def draw_schedules(folder: Path, model: TextToImage, result: Result, films: Films, params: Params) -> None:
    """The schedules as curves and as a table, pictures under each of them, and the films."""
    _draw_curves(folder, model)
    size = params.pictures_per_prompt
    shown = torch.arange(0, len(result["default"]["naive"].images), size)[:COLUMNS]
    rows = [(name, way) for name in SCHEDULES for way in WAYS]
    images = [[*cells(result[name][way].images[shown])] for name, way in rows]
    scale = enlargement(images[0][0].shape[0], 96)
    grid(folder / "pictures.png", images, [f"{LABELS[name]}, {way}" for name, way in rows], scale=scale)
    _draw_strip(folder / "summary.png", result, params.pictures_per_prompt)
    _draw_films(folder, films, params)


def _draw_strip(path: Path, result: Result, pictures_per_prompt: int, prompts: int = 2) -> None:
    """The page's strip: the first noise of some prompts, under each schedule with the noise levels matched."""
    total = len(result["default"]["matched"].images)
    rows = range(0, total, pictures_per_prompt)[:prompts]
    images = [result[name]["matched"].images[row] for row in rows for name in SCHEDULES]
    write_strip(path, images, [LABELS[name] for name in SCHEDULES] * len(rows), group=len(SCHEDULES))


def _draw_curves(folder: Path, model: TextToImage) -> None:
    frames = []
    for name, label in LABELS.items():
        schedule = custom_schedule(model.schedule, name)
        t = torch.linspace(0, schedule.num_train_timesteps - 1, POINTS).round().long()
        alphas = schedule.alphas_cumprod[t]
        betas = own_betas(schedule)[t]
        frames.append(
            pd.DataFrame(
                {"schedule": label, "t": t, "beta": betas, "alphas_cumprod": alphas, "log_snr": torch.logit(alphas)}
            )
        )
    table = pd.concat(frames)
    panels = [Panel("beta", "β"), Panel("alphas_cumprod", "ᾱ", y_limits=(0, 1)), Panel("log_snr", "log-SNR")]
    curves(folder / "schedules.png", table, "t", group="schedule", x_label="timestep t", panels=panels)
    for column in ("beta", "alphas_cumprod", "log_snr"):
        wide = table.pivot_table(index="t", columns="schedule", values=column)[list(LABELS.values())]
        wide.columns = pd.Index(list(LABELS))
        wide.to_csv(folder / f"{column}.csv", float_format="%.6g")


def _draw_films(folder: Path, films: Films, params: Params) -> None:
    """A row for each schedule and prompt, a column for each chosen step; and each step by itself, for a slider."""
    rows = [(prompt, name) for prompt in range(len(params.film_prompts)) for name in films]
    images = [[*cells(films[name][[s - 1 for s in params.film_steps], prompt])] for prompt, name in rows]
    scale = enlargement(images[0][0].shape[0], 96)
    steps = [str(step) for step in params.film_steps]
    names = [LABELS[name] for _, name in rows]
    grid(folder / "film.png", images, names, steps, column_title="steps done", scale=scale)
    (folder / "frames").mkdir()
    for step in range(params.drawing.num_inference_steps):
        sheet = [cells(film[step, :1])[0] for film in films.values()]
        scale = enlargement(sheet[0].shape[0], 192)
        place, names = folder / "frames" / f"{step + 1:02d}.png", list(LABELS.values())
        grid(place, [sheet], (), names, scale=scale, resampling="bicubic")
