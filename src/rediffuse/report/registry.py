"""The studies of the page, in the order in which it shows them.

A further study is a folder with a ``section.py`` that names its ``STUDY``, a template beside it, and a line
in this list.
"""

from __future__ import annotations

from rediffuse.page.study import Study
from rediffuse.studies.a1_zeroshot_prompts import section as zeroshot_prompts
from rediffuse.studies.a2_zeroshot_robustness import section as zeroshot_robustness
from rediffuse.studies.a3_generate_ranked import section as generate_ranked
from rediffuse.studies.a4_noise_schedules import section as noise_schedules
from rediffuse.studies.a5_interpolate_prompts import section as interpolate_prompts
from rediffuse.studies.a6_edit_attribute import section as edit_attribute
from rediffuse.studies.a7_sweep_guidance import section as sweep_guidance
from rediffuse.studies.a8_sketch_to_image import section as sketch_to_image
from rediffuse.studies.a9_refinement import section as refine_with_clip
from rediffuse.studies.b1_conditional_ddpm import section as conditional_ddpm
from rediffuse.studies.b2_ddim import section as ddim
from rediffuse.studies.b3a_zeroshot_accuracy import section as zeroshot_accuracy
from rediffuse.studies.b3b_personalization import section as personalize

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
