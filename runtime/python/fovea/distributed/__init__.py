# Part of Fovea, under the Apache License v2.0 with LLVM Exceptions.
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Context parallelism: sequences whose tokens are spread over the processes of torch.distributed.

    from fovea.distributed import Zigzag

    shards = Zigzag(cu_seqlens, group, device=q.device)    # once per batch
    o = fovea.nsa(q, k, v, gates, shards)                  # of this process's tokens, as are q, k, v and gates
    whole = shards.unshard(o)

See docs/context-parallelism.md.
"""

from ._zigzag import Zigzag

__all__ = ["Zigzag"]
