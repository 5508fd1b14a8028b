"""The studies of the page, in the order in which it shows them.

A further study is a module here with its ``STUDY``, a template of the same slug, and a line in
this list.
"""

from __future__ import annotations

from rediffuse.report.studies import (
    conditional_ddpm,
    ddim,
    edit_attribute,
    generate_ranked,
    interpolate_prompts,
    noise_schedules,
    personalize,
    refine_with_clip,
    sketch_to_image,
    sweep_guidance,
    zeroshot_accuracy,
    zeroshot_prompts,
    zeroshot_robustness,
)
from rediffuse.report.study import Study

STUDIES: tuple[Study, ...] = (
    conditional_ddpm.STUDY,
    ddim.STUDY,
    zeroshot_prompts.STUDY,
    zeroshot_robustness.STUDY,
    zeroshot_accuracy.STUDY,
    generate_ranked.STUDY,
    noise_schedules.STUDY,
    interpolate_prompts.STUDY,
    edit_attribute.STUDY,
    sweep_guidance.STUDY,
    sketch_to_image.STUDY,
    refine_with_clip.STUDY,
    personalize.STUDY,
)
