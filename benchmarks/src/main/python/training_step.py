"""The training step that benchmarks' TrainingStep makes, in Python's PyTorch: nanoGPT's model (github.com/karpathy/nanoGPT)
with 4 layers, 256 wide, 4 heads, over 16 texts of 256 tokens, AdamW, clipped gradients. Users never need it.

    python training_step.py autoregressive|masked fp32|mixed VOCABULARY STEPS
"""
import sys, time, torch
from torch import nn
from torch.nn import functional as F

kind, precision, vocabulary, steps = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4])
TEXTS, LENGTH, WIDTH, LAYERS, HEADS, WARM_UP = 16, 256, 256, 4, 4, 5
torch.manual_seed(1)


class Block(nn.Module):
    def __init__(self):
        super().__init__()
        self.norm1, self.norm2 = nn.LayerNorm(WIDTH, bias=False), nn.LayerNorm(WIDTH, bias=False)
        self.qkv, self.out = nn.Linear(WIDTH, 3 * WIDTH, bias=False), nn.Linear(WIDTH, WIDTH, bias=False)
        self.up, self.down = nn.Linear(WIDTH, 4 * WIDTH, bias=False), nn.Linear(4 * WIDTH, WIDTH, bias=False)

    def forward(self, x):
        b, t, c = x.shape
        q, k, v = (y.view(b, t, HEADS, c // HEADS).transpose(1, 2) for y in self.qkv(self.norm1(x)).split(c, dim=2))
        y = F.scaled_dot_product_attention(q, k, v, is_causal=kind == "autoregressive")
        x = x + self.out(y.transpose(1, 2).contiguous().view(b, t, c))
        return x + self.down(F.gelu(self.up(self.norm2(x))))


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.tokens, self.places = nn.Embedding(vocabulary, WIDTH), nn.Embedding(LENGTH, WIDTH)
        self.blocks = nn.ModuleList(Block() for _ in range(LAYERS))
        self.norm, self.head = nn.LayerNorm(WIDTH, bias=False), nn.Linear(WIDTH, vocabulary, bias=False)

    def forward(self, ids):
        x = self.tokens(ids) + self.places(torch.arange(ids.size(1)))
        for block in self.blocks:
            x = block(x)
        return self.head(self.norm(x))


model = Model()
optimiser = torch.optim.AdamW(model.parameters(), lr=1e-3, betas=(0.9, 0.95), weight_decay=0.01, fused="--fused" in sys.argv)
autocast = torch.amp.autocast("cpu", torch.bfloat16, enabled=precision == "mixed")


def step():
    ids = torch.randint(0, vocabulary - 1, (TEXTS, LENGTH))
    with autocast:
        if kind == "autoregressive":
            logits = model(ids)[:, :-1]
            loss = F.cross_entropy(logits.reshape(-1, vocabulary), ids[:, 1:].reshape(-1))
        else:
            t = torch.rand(TEXTS, 1)
            hidden = torch.rand(TEXTS, LENGTH) < t
            nats = F.cross_entropy(
                model(torch.where(hidden, vocabulary - 1, ids)).view(-1, vocabulary), ids.view(-1), reduction="none")
            loss = (nats.view(TEXTS, LENGTH) * hidden / t).sum() / ids.numel()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimiser.step()
    optimiser.zero_grad(set_to_none=True)


def run():
    for _ in range(WARM_UP):
        step()
    cpu, wall = time.process_time(), []
    for _ in range(steps):
        start = time.perf_counter()
        step()
        wall.append((time.perf_counter() - start) * 1000)
    wall.sort()
    ms = wall[steps // 2]
    print(f"{kind}, {precision}, {sum(p.numel() for p in model.parameters())} weights, {torch.get_num_threads()} thread(s)")
    print(f"{ms:.0f} ms a step, {TEXTS * LENGTH * 1000 / ms:.0f} tokens/s (medians), {(time.process_time() - cpu) * 1000 / steps:.0f} ms of processor time")


run()
