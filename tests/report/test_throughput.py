"""What README and docs say of training throughput."""

from __future__ import annotations

from typing import Any

from rediffuse.report.throughput import throughput_rows, throughput_table


def network(precision: str, setting: str, speed: float, times: float) -> dict[str, Any]:
    """As ``make bench`` records a network."""
    return {
        "parameters": 2_097_292,
        "multiply_adds_per_image": round(speed * 1e7),
        "train": {
            "precision": precision,
            "setting": setting,
            "images_per_s": {"median": speed, "low": speed, "high": speed},
            "ours_is_times": {"median": times, "low": times - 0.25, "high": times + 0.5},
            "grid_images_per_s": {setting: speed, "another": speed / 2},
        },
    }


NETWORKS = {
    "ours": network("bf16", "channels-last, Muon with AdamW", 800.0, 1.0),
    "unet2d": network("float32", "contiguous, fused AdamW", 100.0, 8.0),
    "context_unet_64": network("bf16", "channels-last, fused AdamW", 32.0, 25.0),
    "context_unet_128": network("bf16", "channels-last, fused AdamW", 8.0, 100.0),
}
SPEED = {
    "bf16": {"comparison": {"images_per_step": 64, "rounds": 5, "networks": NETWORKS}},
    "other": {"stage_seconds": {}},
}


def test_rows_name_both_precisions_where_they_differ() -> None:
    rows = throughput_rows(SPEED)
    assert [row.measured for row in rows] == [
        "8.0 times (7.8 to 8.5)",
        "25.0 times (24.8 to 25.5)",
        "100.0 times (99.8 to 100.5)",
    ]
    assert rows[0].what == (
        "training throughput against diffusers' `UNet2DModel` of the same widths, ours in bf16, the other in float32"
    )
    assert rows[1].what.endswith("of 64 features, both in bf16")
    assert rows[0].beside == "800 against 100 images/s"
    assert {row.n for row in rows} == {"5 rounds"}


def test_the_table_has_setting_and_size_of_each_network() -> None:
    rows = throughput_table(SPEED).splitlines()[2:]
    assert rows[0] == "| ours | bf16 | channels-last, Muon with AdamW | 800 |  | 8,000 | 2.1 |"
    assert rows[1].startswith("| diffusers' `UNet2DModel` of the same widths | float32 |")
    assert "| contiguous, fused AdamW; fastest of 2 |" in rows[1]
    assert rows[1].endswith("| 100 | 8.0 times (7.8 to 8.5) | 1,000 | 2.1 |")
    assert len(rows) == 4, "what was not compared has none"
