from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('annotator', '0005_phrases'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='image',
            index=models.Index(fields=['content_hash'], name='image_by_content'),
        ),
    ]
