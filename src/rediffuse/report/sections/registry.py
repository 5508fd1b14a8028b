"""The studies of the page, in the order in which it shows them.

A further study has a module here that names its ``STUDY``, a template of the same name beside it, and a line in this
list.
"""

from __future__ import annotations

from rediffuse.page.study import Study
from rediffuse.report.sections import (
    a1_zeroshot_prompts,
    a2_zeroshot_robustness,
    a3_generate_ranked,
    a4_noise_schedules,
    a5_interpolate_prompts,
    a6_edit_attribute,
    a7_sweep_guidance,
    a8_sketch_to_image,
    a9_refine_with_clip,
    b1_conditional_ddpm,
    b2_ddim,
    b3a_zeroshot_accuracy,
    b3b_personalize,
)

STUDIES: tuple[Study, ...] = (
    b1_conditional_ddpm.STUDY,
    b2_ddim.STUDY,
    a1_zeroshot_prompts.STUDY,
    a2_zeroshot_robustness.STUDY,
    b3a_zeroshot_accuracy.STUDY,
    a3_generate_ranked.STUDY,
    a4_noise_schedules.STUDY,
    a5_interpolate_prompts.STUDY,
    a6_edit_attribute.STUDY,
    a7_sweep_guidance.STUDY,
    a8_sketch_to_image.STUDY,
    a9_refine_with_clip.STUDY,
    b3b_personalize.STUDY,
)
