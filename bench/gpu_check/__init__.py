"""The acceptance of isoshape-trainer on a GPU; docs/gpu.md says what it checks.

Started by bench/gpu-check.sh as `python3 -m gpu_check`. Standard library only,
for machines that reach no package registry.
"""
