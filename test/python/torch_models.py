# torch_models.py - the networks of auxact.models in PyTorch, written by themselves
#
# Names and mathematics are those of torchvision, timm and transformers, which test_model_libraries.py checks where they are
# installed; here nothing but torch is needed.
"""Reference networks, each with the names of the library that it stands for."""

import math

import torch
from torch import nn
from torch.nn import functional as F


class BasicBlock(nn.Module):
    expansion = 1

    def __init__(self, inputs, channels, stride):
        super().__init__()
        self.conv1 = nn.Conv2d(inputs, channels, 3, stride, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, 1, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.downsample = None
        if stride != 1 or inputs != channels:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, channels, 1, stride, bias=False), nn.BatchNorm2d(channels))

    def forward(self, x):
        h = self.bn2(self.conv2(F.relu(self.bn1(self.conv1(x)))))
        return F.relu(h + (x if self.downsample is None else self.downsample(x)))


class Bottleneck(nn.Module):
    expansion = 4

    def __init__(self, inputs, channels, stride):
        super().__init__()
        outputs = 4 * channels
        self.conv1 = nn.Conv2d(inputs, channels, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(channels)
        self.conv2 = nn.Conv2d(channels, channels, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(channels)
        self.conv3 = nn.Conv2d(channels, outputs, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(outputs)
        self.downsample = None
        if stride != 1 or inputs != outputs:
            self.downsample = nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

    def forward(self, x):
        h = F.relu(self.bn1(self.conv1(x)))
        h = self.bn3(self.conv3(F.relu(self.bn2(self.conv2(h)))))
        return F.relu(h + (x if self.downsample is None else self.downsample(x)))


class ResNet(nn.Module):
    def __init__(self, block, depths, classes, width, cifar=False):
        super().__init__()
        self.conv1 = nn.Conv2d(3, width, 3, 1, 1, bias=False) if cifar else nn.Conv2d(3, width, 7, 2, 3, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.pool = nn.Identity() if cifar else nn.MaxPool2d(3, 2, 1)
        inputs = width
        for stage, depth in enumerate(depths):
            blocks = []
            for index in range(depth):
                blocks.append(block(inputs, width << stage, 2 if stage and not index else 1))
                inputs = (width << stage) * block.expansion
            setattr(self, f"layer{stage + 1}", nn.Sequential(*blocks))
        self.fc = nn.Linear(inputs, classes)

    def forward(self, x):
        h = self.pool(F.relu(self.bn1(self.conv1(x))))
        return self.fc(self.layer4(self.layer3(self.layer2(self.layer1(h)))).mean((2, 3)))


class Mlp(nn.Module):
    def __init__(self, width, inner):
        super().__init__()
        self.fc1, self.fc2 = nn.Linear(width, inner), nn.Linear(inner, width)

    def forward(self, x):
        return self.fc2(F.gelu(self.fc1(x)))


class PatchEmbed(nn.Module):
    def __init__(self, patch, dim):
        super().__init__()
        self.proj = nn.Conv2d(3, dim, patch, patch)

    def forward(self, x):
        return self.proj(x).flatten(2).transpose(1, 2)


class Attention(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads
        self.qkv, self.proj = nn.Linear(dim, 3 * dim), nn.Linear(dim, dim)

    def forward(self, x):
        batch, tokens, dim = x.shape
        q, k, v = self.qkv(x).reshape(batch, tokens, 3, self.heads, dim // self.heads).permute(2, 0, 3, 1, 4)
        h = (q @ k.transpose(-1, -2) / math.sqrt(dim // self.heads)).softmax(-1) @ v
        return self.proj(h.transpose(1, 2).reshape(batch, tokens, dim))


class VitBlock(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.norm1, self.attn = nn.LayerNorm(dim, eps=1e-6), Attention(dim, heads)
        self.norm2, self.mlp = nn.LayerNorm(dim, eps=1e-6), Mlp(dim, 4 * dim)

    def forward(self, x):
        x = x + self.attn(self.norm1(x))
        return x + self.mlp(self.norm2(x))


class VisionTransformer(nn.Module):
    def __init__(self, size, patch, classes, dim, depth, heads, token=True):
        super().__init__()
        self.cls_token = nn.Parameter(torch.zeros(1, 1, dim)) if token else None
        self.pos_embed = nn.Parameter(torch.zeros(1, (size // patch) ** 2 + token, dim))
        self.patch_embed = PatchEmbed(patch, dim)
        self.blocks = nn.Sequential(*(VitBlock(dim, heads) for _ in range(depth)))
        if token:
            self.norm = nn.LayerNorm(dim, eps=1e-6)
        else:
            self.fc_norm = nn.LayerNorm(dim, eps=1e-6)
        self.head = nn.Linear(dim, classes)

    def forward(self, x):
        h = self.patch_embed(x)
        if self.cls_token is not None:
            h = torch.cat([self.cls_token.expand(len(h), -1, -1), h], dim=1)
        h = self.blocks(h + self.pos_embed)
        return self.head(self.norm(h)[:, 0] if self.cls_token is not None else self.fc_norm(h.mean(1)))


class MixerBlock(nn.Module):
    def __init__(self, tokens, dim):
        super().__init__()
        self.norm1, self.mlp_tokens = nn.LayerNorm(dim, eps=1e-6), Mlp(tokens, dim // 2)
        self.norm2, self.mlp_channels = nn.LayerNorm(dim, eps=1e-6), Mlp(dim, 4 * dim)

    def forward(self, x):
        x = x + self.mlp_tokens(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        return x + self.mlp_channels(self.norm2(x))


class MlpMixer(nn.Module):
    def __init__(self, size, patch, classes, dim, depth):
        super().__init__()
        self.stem = PatchEmbed(patch, dim)
        self.blocks = nn.Sequential(*(MixerBlock((size // patch) ** 2, dim) for _ in range(depth)))
        self.norm, self.head = nn.LayerNorm(dim, eps=1e-6), nn.Linear(dim, classes)

    def forward(self, x):
        return self.head(self.norm(self.blocks(self.stem(x))).mean(1))


def holder(**modules):
    """A module that only gives names to others."""
    made = nn.Module()
    for name, module in modules.items():
        setattr(made, name, module)
    return made


class BertLayer(nn.Module):
    def __init__(self, dim, heads):
        super().__init__()
        self.heads = heads

        def output(inputs):
            return holder(dense=nn.Linear(inputs, dim), LayerNorm=nn.LayerNorm(dim, eps=1e-12))

        inner = holder(query=nn.Linear(dim, dim), key=nn.Linear(dim, dim), value=nn.Linear(dim, dim))
        self.attention = holder(self=inner, output=output(dim))
        self.intermediate, self.output = holder(dense=nn.Linear(dim, 4 * dim)), output(4 * dim)

    def forward(self, x, mask):
        batch, tokens, dim = x.shape
        maps = (self.attention.self.query, self.attention.self.key, self.attention.self.value)
        q, k, v = (part(x).reshape(batch, tokens, self.heads, -1).transpose(1, 2) for part in maps)
        scores = q @ k.transpose(-1, -2) / math.sqrt(dim // self.heads)
        if mask is not None:
            scores = scores.masked_fill(mask[:, None, None, :] == 0, -math.inf)
        h = (scores.softmax(-1) @ v).transpose(1, 2).reshape(batch, tokens, dim)
        x = self.attention.output.LayerNorm(self.attention.output.dense(h) + x)
        return self.output.LayerNorm(self.output.dense(F.gelu(self.intermediate.dense(x))) + x)


class Bert(nn.Module):
    def __init__(self, vocab, dim, depth, heads, positions, classes=None):
        super().__init__()
        embeddings = holder(
            word_embeddings=nn.Embedding(vocab, dim),
            position_embeddings=nn.Embedding(positions, dim),
            token_type_embeddings=nn.Embedding(2, dim),
            LayerNorm=nn.LayerNorm(dim, eps=1e-12),
        )
        self.bert = holder(embeddings=embeddings, encoder=holder(layer=nn.ModuleList(BertLayer(dim, heads) for _ in range(depth))))
        self.classes = classes
        if classes is not None:
            self.bert.pooler = holder(dense=nn.Linear(dim, dim))
            self.classifier = nn.Linear(dim, classes)
        else:
            transform = holder(dense=nn.Linear(dim, dim), LayerNorm=nn.LayerNorm(dim, eps=1e-12))
            predictions = holder(transform=transform, decoder=nn.Linear(dim, vocab))
            predictions.decoder.weight = embeddings.word_embeddings.weight
            predictions.bias = predictions.decoder.bias
            self.cls = holder(predictions=predictions)

    def forward(self, input_ids, attention_mask=None, token_type_ids=None):
        part = self.bert.embeddings
        kinds = torch.zeros_like(input_ids) if token_type_ids is None else token_type_ids
        h = part.word_embeddings(input_ids) + part.token_type_embeddings(kinds)
        h = part.LayerNorm(h + part.position_embeddings(torch.arange(input_ids.shape[1])))
        for layer in self.bert.encoder.layer:
            h = layer(h, attention_mask)
        if self.classes is not None:
            return self.classifier(torch.tanh(self.bert.pooler.dense(h[:, 0])))
        head = self.cls.predictions
        return head.decoder(head.transform.LayerNorm(F.gelu(head.transform.dense(h))))


class Transformer(nn.Module):
    def __init__(self, vocab, dim, depth, heads, inner, norm_first=False):
        super().__init__()
        whole = nn.Transformer(dim, heads, depth, depth, inner, 0.0, batch_first=True, norm_first=norm_first)
        self.embedding = nn.Embedding(vocab, dim, padding_idx=0)
        self.encoder, self.decoder = whole.encoder, whole.decoder
        self.generator = nn.Linear(dim, vocab, bias=False)
        self.generator.weight = self.embedding.weight

    def embed(self, tokens):
        _, count = tokens.shape
        dim = self.embedding.embedding_dim
        places, rates = torch.arange(count)[:, None], torch.exp(torch.arange(0, dim, 2) * (-math.log(10000.0) / dim))
        sines = torch.zeros(count, dim)
        sines[:, 0::2], sines[:, 1::2] = torch.sin(places * rates), torch.cos(places * rates)
        return self.embedding(tokens) * math.sqrt(dim) + sines

    def forward(self, src, tgt):
        padding = src == 0
        memory = self.encoder(self.embed(src), src_key_padding_mask=padding)
        causal = nn.Transformer.generate_square_subsequent_mask(tgt.shape[1])
        return self.generator(self.decoder(self.embed(tgt), memory, tgt_mask=causal, memory_key_padding_mask=padding))
